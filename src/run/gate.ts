// A gate holds the work of a scope back until somebody lets it go, one start at a time. Which gate holds what, and what
// stands against a release, as functions of data, so that every engine answers alike. Has nothing to do with switches
// but that they go first: a switch stops, a gate steps.
import { EscapementError } from "../base/errors.ts";
import type { Instant } from "../base/clock.ts";
import { quote } from "../base/quote.ts";
import { exemptActions, type Controls, type Target } from "./controls.ts";

/** `stepper`: only an explicit release lets anything start. `realtime`: there is no gate. */
export type GateMode = "stepper" | "realtime";

/** A gate that is shut. */
export interface Gate {
  /** `all`, `action:NAME`, `task:ID`, `process:NAME` or `process:NAME/ID`. */
  readonly scope: string;
  readonly mode: "stepper";
  readonly actor: string;
  readonly at: Instant;
  readonly reason?: string;
}

export type Gates = ReadonlyMap<string, Gate>;

/** Why nothing was released. `conflict`: somebody moved the gate meanwhile, or used the key for another scope. */
export type Refusal = "nothing_pending" | "conflict" | "wrong_mode" | "switch";

const longestScope = 310;
const scopePattern = /^(?:all|(?:action|task|process):.+)$/s;

/** Throws `gate.invalid`. */
export function readGateScope(scope: unknown): string {
  if (typeof scope !== "string" || scope.length > longestScope || !scopePattern.test(scope)) {
    throw new EscapementError(
      "gate.invalid",
      `Cannot read the scope ${quote(scope)} of a gate: write "all", "action:NAME", "task:ID" or "process:NAME/ID".`,
    );
  }
  if (scope.startsWith("action:") && exemptActions.has(scope.slice("action:".length))) {
    throw new EscapementError(
      "gate.invalid",
      `Cannot put a gate before ${quote(scope.slice("action:".length))}: no gate holds the actions that work the switches.`,
    );
  }
  return scope;
}

/** The scopes that a run lies in, from the widest to the narrowest. */
export function gateScopesOf({ action, taskId }: Omit<Target, "cluster">): string[] {
  return ["all", `action:${action}`, ...(taskId === undefined ? [] : [`task:${taskId}`])];
}

/** The scopes that a process lies in, given as `NAME/ID`, from the widest to the narrowest. */
export function gateScopesOfProcess(id: string): string[] {
  return ["all", `process:${id.slice(0, id.indexOf("/"))}`, `process:${id}`];
}

/** The widest gate that holds a process; undefined when none does. */
export function gateOfProcess(gates: Gates, id: string): string | undefined {
  return gates.size === 0 ? undefined : gateScopesOfProcess(id).find((scope) => gates.has(scope));
}

/** The widest gate that holds a run of this target; undefined when none does. */
export function gateOf(gates: Gates, target: Omit<Target, "cluster">): string | undefined {
  if (gates.size === 0 || exemptActions.has(target.action)) return undefined;
  return gateScopesOf(target).find((scope) => gates.has(scope));
}

/** Whether everything in the scope is held: by a gate of its own, or by one that holds all of it. */
export function isGated(gates: Gates, scope: string): boolean {
  return wholesOf(scope).some((whole) => gates.has(whole));
}

/** The scope and those that hold all of it, whatever is in it. A task may change its action, so it lies in none. */
function wholesOf(scope: string): string[] {
  const slash = scope.startsWith("process:") ? scope.indexOf("/") : -1;
  return ["all", scope, ...(slash < 0 ? [] : [scope.slice(0, slash)])];
}

export interface ReleaseState {
  readonly controls: Controls;
  readonly now: Instant;
  /** The number of the newest event that moved a gate over this scope; 0 for none. */
  readonly movedAt: number;
}

/** What stands against a release from the scope before anything that waits is looked at. */
export function refusalOf(
  scope: string,
  expectedHead: number | undefined,
  { controls, now, movedAt }: ReleaseState,
): Refusal | undefined {
  if (!isGated(controls.gates, scope)) return "wrong_mode";
  for (const whole of wholesOf(scope)) {
    const killed = controls.switches.get(whole);
    if (killed !== undefined && (killed.until === undefined || killed.until > now)) return "switch";
  }
  return expectedHead !== undefined && movedAt > expectedHead ? "conflict" : undefined;
}
