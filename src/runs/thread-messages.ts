// What a node and the thread of a handler say to each other: plain data, errors included.
import type { Directive } from "../actions/run-context.ts";
import type { Instant } from "../base/clock.ts";
import type { ErrorData } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { SearchOptions } from "../memory/search.ts";
import type { ClaimedRun } from "../storage/runs.ts";
import type { Child, StepResult } from "./host.ts";

/** What a thread is started with. */
export interface ThreadStart {
  /** The URL of the module whose default export is the handler. */
  readonly module: string;
  readonly run: ClaimedRun;
  readonly input: unknown;
  readonly now: Instant;
  readonly payloadLimit: number;
}

/** What the handler asks of its node; each is a method of Host. */
export type ThreadCall =
  | { readonly verb: "progress"; readonly fraction: number; readonly note: string | undefined }
  | { readonly verb: "heartbeat" }
  | { readonly verb: "loadSteps" }
  | { readonly verb: "saveStep"; readonly step: StepResult }
  | { readonly verb: "enqueue"; readonly child: Child }
  | {
      readonly verb: "memory";
      readonly noun: "records" | "refs" | "vectors";
      readonly call: string;
      readonly input: unknown;
    }
  | { readonly verb: "search"; readonly options: SearchOptions; readonly point: number | undefined };

/** How the handler ended; its output as JSON text. */
export type ThreadEnded =
  | { readonly result: string }
  | { readonly directive: Pick<Directive, "kind" | "value"> }
  | { readonly error: ErrorData }
  | { readonly asleepUntil: Instant };

export type FromThread =
  | { readonly kind: "call"; readonly number: number; readonly call: ThreadCall }
  | { readonly kind: "log"; readonly message: string; readonly data: Json | undefined }
  | { readonly kind: "set timer"; readonly number: number; readonly at: Instant }
  | { readonly kind: "cancel timer"; readonly number: number }
  | { readonly kind: "ended"; readonly ended: ThreadEnded };

/** Each brings the time along: a thread has no clock of its own. */
export type ToThread = { readonly now: Instant } & (
  | { readonly kind: "answer"; readonly number: number; readonly value: unknown }
  | { readonly kind: "refusal"; readonly number: number; readonly error: ErrorData }
  | { readonly kind: "ring"; readonly number: number }
);
