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
  | "not-shareable"
  /** It did not run: another process has stored the result. */
  | "look-again";

/** A run under way. */
interface Flight {
  readonly run: Run;
  /** Whether it refreshes a result that is still served. */
  readonly background: boolean;
  /** Set once the body has returned a promise; before that nobody else can be running. */
  landed: Promise<Landing> | undefined;
}

/** The runs under way in one cache. */
export interface Flights {
  /** Whether an equal call is being run. */
  isUnderWay(lookupKey: string): boolean;
  /** How the run of an equal call ends; `undefined` where there is none, or none that may be waited for. */
  join(lookupKey: string, which: "foreground" | "any"): Promise<Landing> | undefined;
  /** Notes a run; the first one for a key is the one that others join. */
  depart(run: Run, where: "foreground" | "background"): Departure;
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
  return {
    isUnderWay: (lookupKey) => flights.has(lookupKey),
    join(lookupKey, which) {
      const flight = flights.get(lookupKey);
      if (flight?.landed === undefined || wouldWaitForItself(flight.run)) return undefined;
      if (flight.background && which === "foreground") return undefined;
      const over = noteWait(flight.run);
      return flight.landed.finally(over);
    },
    depart(run, where) {
      // An equal call inside this one (or one that must not wait) runs beside it, unseen.
      if (flights.has(run.lookupKey)) return { goesOn() {}, land() {} };
      const flight: Flight = { run, background: where === "background", landed: undefined };
      flights.set(run.lookupKey, flight);
      let resolve: ((landing: Landing) => void) | undefined;
      return {
        goesOn() {
          flight.landed ??= new Promise((landed) => {
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
