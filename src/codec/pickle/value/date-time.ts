/** Python's `datetime.date`, `time` and `datetime`. A JavaScript `Date` is a moment; these are what a calendar shows. */
import { invalidArgument } from "../../../errors.ts";
import { definePython } from "./python-class.ts";
import { assertRange, PyTimeDelta, PyTimeZone } from "./time-delta.ts";

/** A day of the (proleptic Gregorian) calendar. */
export class PyDate {
  readonly #day: Day;

  /** Throws a `TypeError` for a day that does not exist. `month` counts from 1. */
  constructor(year: number, month: number, day: number) {
    this.#day = dayOf("PyDate", year, month, day);
    Object.freeze(this);
  }

  get year(): number {
    return this.#day.year;
  }

  /** From 1. */
  get month(): number {
    return this.#day.month;
  }

  get day(): number {
    return this.#day.day;
  }

  /** As in ISO 8601. */
  toString(): string {
    return shownDay(this.#day);
  }

  static {
    definePython(PyDate, {
      key: (self) => `date(${shownDay(self.#day)})`,
      name: "datetime.date",
      as: "object",
      is: (value) => #day in value,
      parts: (date) => [date.year, date.month, date.day],
      make: ([year, month, day]) => new PyDate(year as number, month as number, day as number),
    });
  }
}

/** What {@link PyTime} and {@link PyDateTime} may be given beside the fields. */
export interface PyTimeOptions {
  /** 1: the second of two moments that local clocks show alike. Default 0. */
  readonly fold?: 0 | 1 | undefined;
  /** Offset from UTC. Default null: no zone is known (naive). */
  readonly zone?: PyTimeZone | null | undefined;
}

/** A time of day. */
export class PyTime {
  readonly #time: Time;

  constructor(hour = 0, minute = 0, second = 0, microsecond = 0, options: PyTimeOptions = {}) {
    this.#time = timeOf("PyTime", hour, minute, second, microsecond, options);
    Object.freeze(this);
  }

  get hour(): number {
    return this.#time.hour;
  }

  get minute(): number {
    return this.#time.minute;
  }

  get second(): number {
    return this.#time.second;
  }

  get microsecond(): number {
    return this.#time.microsecond;
  }

  get fold(): 0 | 1 {
    return this.#time.fold;
  }

  /** The offset from UTC, or null. */
  get zone(): PyTimeZone | null {
    return this.#time.zone;
  }

  /** As in ISO 8601, without the zone. */
  toString(): string {
    return shownTime(this.#time);
  }

  static {
    definePython(PyTime, {
      key: (self) => {
        const { zone } = self.#time;
        return zone === null
          ? `time(${microsecondsOf(self.#time)})`
          : `time(${microsecondsOf(self.#time) - zone.offset.exact}z)`;
      },
      name: "datetime.time",
      as: "object",
      is: (value) => #time in value,
      parts: ({ hour, minute, second, microsecond, fold, zone }) => [hour, minute, second, microsecond, fold, zone],
      make: ([hour, minute, second, microsecond, fold, zone]) =>
        new PyTime(...([hour, minute, second, microsecond, { fold, zone }] as ConstructorParameters<typeof PyTime>)),
    });
  }
}

/**
 * A day with a time.
 *
 * @example
 * ```ts
 * import { PyDateTime, PyTimeDelta, PyTimeZone } from "fleche/pickle";
 * const zone = new PyTimeZone(new PyTimeDelta(0, 7200));
 * new PyDateTime(2026, 3, 1, 12, 30, 0, 0, { zone }).toDate(); // new Date("2026-03-01T10:30:00Z")
 * ```
 */
export class PyDateTime {
  readonly #day: Day;
  readonly #time: Time;

  constructor(
    year: number,
    month: number,
    day: number,
    hour = 0,
    minute = 0,
    second = 0,
    microsecond = 0,
    options: PyTimeOptions = {},
  ) {
    this.#day = dayOf("PyDateTime", year, month, day);
    this.#time = timeOf("PyDateTime", hour, minute, second, microsecond, options);
    Object.freeze(this);
  }

  /** A moment as Python's datetime in UTC. Throws a `TypeError` for an invalid Date and for years beyond 1 to 9999. */
  static from(date: Date): PyDateTime {
    const milliseconds = date.getUTCMilliseconds() * 1000;
    return new PyDateTime(
      date.getUTCFullYear(),
      date.getUTCMonth() + 1,
      date.getUTCDate(),
      date.getUTCHours(),
      date.getUTCMinutes(),
      date.getUTCSeconds(),
      milliseconds,
      { zone: new PyTimeZone(new PyTimeDelta(0)) },
    );
  }

  get year(): number {
    return this.#day.year;
  }

  /** From 1. */
  get month(): number {
    return this.#day.month;
  }

  get day(): number {
    return this.#day.day;
  }

  get hour(): number {
    return this.#time.hour;
  }

  get minute(): number {
    return this.#time.minute;
  }

  get second(): number {
    return this.#time.second;
  }

  get microsecond(): number {
    return this.#time.microsecond;
  }

  get fold(): 0 | 1 {
    return this.#time.fold;
  }

  /** The offset from UTC, or null. */
  get zone(): PyTimeZone | null {
    return this.#time.zone;
  }

  /** The moment, in whole milliseconds. Throws a `TypeError` where no zone says which moment it is. */
  toDate(): Date {
    const { zone } = this.#time;
    if (zone === null) throw invalidArgument("PyDateTime.toDate: it has no zone, so it is no one moment");
    return new Date(Number((this.#local() - zone.offset.exact) / 1000n));
  }

  /** As in ISO 8601, without the zone. */
  toString(): string {
    return `${shownDay(this.#day)}T${shownTime(this.#time)}`;
  }

  /** Microseconds from the beginning of 1970 on the clock that shows it. */
  #local(): bigint {
    const midnight = new Date(0);
    midnight.setUTCFullYear(this.#day.year, this.#day.month - 1, this.#day.day);
    return BigInt(midnight.getTime()) * 1000n + microsecondsOf(this.#time);
  }

  static {
    definePython(PyDateTime, {
      key: (self) => {
        const { zone } = self.#time;
        return zone === null ? `datetime(${self.#local()})` : `datetime(${self.#local() - zone.offset.exact}z)`;
      },
      name: "datetime.datetime",
      as: "object",
      is: (value) => #day in value,
      parts: (at) => [at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond, at.fold, at.zone],
      make: ([year, month, day, hour, minute, second, microsecond, fold, zone]) =>
        new PyDateTime(
          ...([year, month, day, hour, minute, second, microsecond, { fold, zone }] as ConstructorParameters<
            typeof PyDateTime
          >),
        ),
    });
  }
}

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

function dayOf(what: string, year: number, month: number, day: number): Day {
  assertRange(`${what} year`, year, 1, 9999);
  assertRange(`${what} month`, month, 1, 12);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  assertRange(`${what} day`, day, 1, days);
  return { year, month, day };
}

interface Time {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly microsecond: number;
  readonly fold: 0 | 1;
  readonly zone: PyTimeZone | null;
}

function timeOf(
  what: string,
  hour: number,
  minute: number,
  second: number,
  microsecond: number,
  { fold = 0, zone = null }: PyTimeOptions,
): Time {
  assertRange(`${what} hour`, hour, 0, 23);
  assertRange(`${what} minute`, minute, 0, 59);
  assertRange(`${what} second`, second, 0, 59);
  assertRange(`${what} microsecond`, microsecond, 0, 999_999);
  assertRange(`${what} fold`, fold, 0, 1);
  const known = zone === null || (typeof zone === "object" && PyTimeZone.is(zone));
  if (!known) throw invalidArgument(`${what}: the zone must be a PyTimeZone or null`);
  return { hour, minute, second, microsecond, fold, zone };
}

function microsecondsOf({ hour, minute, second, microsecond }: Time): bigint {
  return BigInt((hour * 60 + minute) * 60 + second) * 1_000_000n + BigInt(microsecond);
}

const padded = (value: number, digits: number): string => String(value).padStart(digits, "0");

function shownDay({ year, month, day }: Day): string {
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
}

function shownTime({ hour, minute, second, microsecond }: Time): string {
  const whole = `${padded(hour, 2)}:${padded(minute, 2)}:${padded(second, 2)}`;
  return microsecond === 0 ? whole : `${whole}.${padded(microsecond, 6)}`;
}
