/**
 * One run at a time: the calls of one cache that are being run in this process. An equal call waits for the run that is
 * under way and gets a value of its own; it never waits for a run that is around it.
 */
import type { Encoded } from "../vault/encoded.ts";
import { noteWait, type Run, wouldWaitForItself } from "./run.ts";

/** How a run ended, for those who waited. */
export type Landing =
  /** With a value that is encoded: each decodes one of its own. */
  | { readonly encoded: Encoded }
  /** With a value that nobody can change. */
  | { readonly scalar: unknown }
  /** With the function's own error. */
  | { readonly error: unknown }
  /** With a value that cannot be copied: each runs for itself. */
  | "not-shareable";

/** A run under way. */
interface Flight {
  readonly run: Run;
  /** Set once the body has returned a promise; before that nobody else can be running. */
  landed: Promise<Landing> | undefined;
}

/** The runs under way in one cache. */
export interface Flights {
  /** Whether an equal call is being run. */
  isUnderWay(lookupKey: string): boolean;
  /** Whether there is a run that {@link Flights.join} would wait for. */
  isJoinable(lookupKey: string): boolean;
  /** How the run of an equal call ends; `undefined` where there is none, or none that may be waited for. */
  join(lookupKey: string): Promise<Landing> | undefined;
  /** Notes a run; the first one for a key is the one that others join. */
  depart(run: Run): Departure;
}

/** What the running call does with its flight. */
export interface Departure {
  /** The body has returned a promise: from now on others can join. */
  goesOn(): void;
  /** The run is over, and what it gave is stored, or will not be. */
  land(landing: Landing): void;
}

/** No runs under way. */
export function startFlights(): Flights {
  const flights = new Map<string, Flight>();
  const joinable = (lookupKey: string): (Flight & { landed: Promise<Landing> }) | undefined => {
    const flight = flights.get(lookupKey);
    if (flight?.landed === undefined || wouldWaitForItself(flight.run)) return undefined;
    return flight as Flight & { landed: Promise<Landing> };
  };
  return {
    isUnderWay: (lookupKey) => flights.has(lookupKey),
    isJoinable: (lookupKey) => joinable(lookupKey) !== undefined,
    join(lookupKey) {
      const flight = joinable(lookupKey);
      if (flight === undefined) return undefined;
      const over = noteWait(flight.run);
      return flight.landed.finally(over);
    },
    depart(run) {
      // An equal call inside this one (or one that must not wait) runs beside it, unseen.
      if (flights.has(run.lookupKey)) return { goesOn() {}, land() {} };
      const flight: Flight = { run, landed: undefined };
      flights.set(run.lookupKey, flight);
      let resolve: ((landing: Landing) => void) | undefined;
      return {
        goesOn() {
          flight.landed = new Promise((landed) => {
            resolve = landed;
          });
        },
        land(landing) {
          flights.delete(run.lookupKey);
          resolve?.(landing);
        },
      };
    },
  };
}
