/** Python's `decimal.Decimal`, as the text that Python shows for it. It does not calculate. */
import { invalidArgument } from "../../../errors.ts";
import { type Key, keyOfInteger, keyOfRatio } from "./key.ts";
import { definePython } from "./python-class.ts";

/** More digits than this Python itself does not turn into an integer. */
export const MAX_DIGITS = 4300;

/** Beyond this exponent a Decimal cannot be a key: comparing it with integers would take as many digits. */
const MAX_KEY_EXPONENT = 1000;

const FINITE = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d{1,15}))?$/;
const SPECIAL = /^([+-]?)(Infinity|s?NaN\d*)$/;

/**
 * A Python Decimal: exact, with its trailing zeros.
 *
 * @example
 * ```ts
 * import { PyDecimal } from "fleche/pickle";
 * new PyDecimal("1.50").toString(); // "1.50"
 * new PyDecimal("1e5").toString(); // "1E+5"
 * ```
 */
export class PyDecimal {
  readonly #text: string;

  /** From its text: digits, an optional point and exponent; `Infinity`, `NaN`, `sNaN`. Throws a `TypeError` for any other. */
  constructor(text: string) {
    const written = typeof text === "string" && text.length <= MAX_DIGITS ? canonical(text) : undefined;
    if (written === undefined) throw invalidArgument(`PyDecimal: no decimal: ${JSON.stringify(text)?.slice(0, 60)}`);
    this.#text = written;
    Object.freeze(this);
  }

  /** The text that Python shows. */
  toString(): string {
    return this.#text;
  }

  static {
    definePython(PyDecimal, {
      key: (self) => {
        const parts = FINITE.exec(self.#text);
        if (parts === null) return self.#text.endsWith("Infinity") ? Number(self.#text) : undefined;
        const { negative, digits, exponent } = finite(parts);
        if (Math.abs(exponent) > MAX_KEY_EXPONENT) return undefined;
        const coefficient = BigInt(negative ? `-${digits}` : digits);
        if (exponent >= 0) return keyOfInteger(coefficient * 10n ** BigInt(exponent));
        return keyOfTenths(coefficient, -exponent);
      },
      name: "decimal.Decimal",
      as: "object",
      is: (value) => #text in value,
      parts: (decimal) => [decimal.#text],
      make: (parts) => new PyDecimal(parts[0] as string),
    });
  }
}

interface Finite {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

function finite(parts: RegExpExecArray): Finite {
  const [, sign, whole = "", after = "", only = "", exponent = "0"] = parts;
  const digits = `${whole}${after}${only}`.replace(/^0+(?=\d)/, "");
  return { negative: sign === "-", digits, exponent: Number(exponent) - after.length - only.length };
}

/** The text as Python writes it (decimal specification, "to-scientific-string"); `undefined` where it is none. */
function canonical(text: string): string | undefined {
  const special = SPECIAL.exec(text);
  if (special !== null) return `${special[1] === "-" ? "-" : ""}${special[2]}`;
  const parts = FINITE.exec(text);
  if (parts === null) return undefined;
  const { negative, digits, exponent } = finite(parts);
  if (!Number.isSafeInteger(exponent)) return undefined;
  const left = exponent + digits.length;
  const point = exponent <= 0 && left > -6 ? left : 1;
  const padded = point <= 0 ? `0.${"0".repeat(-point)}${digits}` : digits;
  const shown = point <= 0 || point >= digits.length ? padded : `${digits.slice(0, point)}.${digits.slice(point)}`;
  const scale = left === point ? "" : `E${left - point < 0 ? "-" : "+"}${Math.abs(left - point)}`;
  return `${negative ? "-" : ""}${shown}${scale}`;
}

/** Of coefficient / 10^places, in lowest terms: only twos and fives can be shared. */
function keyOfTenths(coefficient: bigint, places: number): Key {
  if (coefficient === 0n) return 0;
  let [numerator, twos, fives] = [coefficient, places, places];
  for (; twos > 0 && numerator % 2n === 0n; twos--) numerator /= 2n;
  for (; fives > 0 && numerator % 5n === 0n; fives--) numerator /= 5n;
  return keyOfRatio(numerator, 2n ** BigInt(twos) * 5n ** BigInt(fives));
}
