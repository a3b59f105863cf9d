/** Python's `datetime.timedelta` and `datetime.timezone`: lengths of time, and fixed offsets from UTC. */
import { invalidArgument } from "../../../errors.ts";
import { definePython } from "./python-class.ts";

const MAX_DAYS = 999_999_999;

/** A length of time: days, seconds below a day, microseconds below a second, as Python keeps them. */
export class PyTimeDelta {
  readonly #days: number;
  readonly #seconds: number;
  readonly #microseconds: number;

  /** Throws a `TypeError` for parts out of range: only the days may be negative. */
  constructor(days: number, seconds = 0, microseconds = 0) {
    assertRange("PyTimeDelta days", days, -MAX_DAYS, MAX_DAYS);
    assertRange("PyTimeDelta seconds", seconds, 0, 86_399);
    assertRange("PyTimeDelta microseconds", microseconds, 0, 999_999);
    this.#days = days;
    this.#seconds = seconds;
    this.#microseconds = microseconds;
    Object.freeze(this);
  }

  get days(): number {
    return this.#days;
  }

  get seconds(): number {
    return this.#seconds;
  }

  get microseconds(): number {
    return this.#microseconds;
  }

  /** In milliseconds, which may lose microseconds of long times. */
  get milliseconds(): number {
    return (this.#days * 86_400 + this.#seconds) * 1000 + this.#microseconds / 1000;
  }

  /** @internal In microseconds, exactly. */
  get exact(): bigint {
    return BigInt(this.#days * 86_400 + this.#seconds) * 1_000_000n + BigInt(this.#microseconds);
  }

  static {
    definePython(PyTimeDelta, {
      key: (self) => `timedelta(${self.exact})`,
      name: "datetime.timedelta",
      as: "object",
      is: (value) => #days in value,
      parts: (delta) => [delta.#days, delta.#seconds, delta.#microseconds],
      make: ([days, seconds, microseconds]) =>
        new PyTimeDelta(days as number, seconds as number, microseconds as number),
    });
  }
}

/** A fixed offset from UTC, perhaps with a name. Python's `timezone.utc` is the offset 0 without one. */
export class PyTimeZone {
  readonly #offset: PyTimeDelta;
  readonly #name: string | null;

  /** Throws a `TypeError` for an offset of a day or more. */
  constructor(offset: PyTimeDelta, name: string | null = null) {
    if (!isTimeDelta(offset) || offset.exact >= DAY || offset.exact <= -DAY) {
      throw invalidArgument("PyTimeZone: the offset must be a PyTimeDelta of less than a day");
    }
    if (name !== null && typeof name !== "string") throw invalidArgument("PyTimeZone: the name must be a text or null");
    this.#offset = offset;
    this.#name = name;
    Object.freeze(this);
  }

  /** How far local time is ahead of UTC. */
  get offset(): PyTimeDelta {
    return this.#offset;
  }

  /** The name it was given, or null. */
  get name(): string | null {
    return this.#name;
  }

  /** @internal */
  static is(value: object): value is PyTimeZone {
    return #offset in value;
  }

  static {
    definePython(PyTimeZone, {
      key: (self) => `timezone(${self.#offset.exact})`,
      name: "datetime.timezone",
      as: "object",
      is: (value) => #offset in value,
      parts: (zone) => [zone.#offset.days, zone.#offset.seconds, zone.#offset.microseconds, zone.#name],
      make: ([days, seconds, microseconds, name]) =>
        new PyTimeZone(
          new PyTimeDelta(days as number, seconds as number, microseconds as number),
          name as string | null,
        ),
    });
  }
}

const DAY = 86_400_000_000n;

function isTimeDelta(value: unknown): value is PyTimeDelta {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === PyTimeDelta.prototype;
}

/** Throws a `TypeError` for anything but an integer in this range. */
export function assertRange(what: string, value: unknown, least: number, most: number): void {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
  const found = typeof value === "number" ? value : typeof value;
  throw invalidArgument(`${what} must be an integer from ${least} to ${most}; found ${found}`);
}
