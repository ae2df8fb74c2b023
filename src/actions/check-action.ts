// What a description of an action has to look like; every fault at once.
import { parseDuration } from "../base/duration.ts";
import type { Issue } from "../base/errors.ts";
import { quote } from "../base/quote.ts";

interface Described {
  readonly retry?: unknown;
  readonly timeout?: unknown;
  readonly priority?: unknown;
  readonly concurrency?: unknown;
  readonly rate?: unknown;
  readonly run?: unknown;
  readonly isolate?: unknown;
  readonly module?: unknown;
}

const namePattern = /^[A-Za-z][\w-]*:[A-Za-z][\w:-]*$/;

export function checkAction(name: unknown, described: object): Issue[] {
  const options: Described = described;
  const issues: Issue[] = [];
  const fault = (field: string, message: string): void => void issues.push({ field, message });
  if (typeof name !== "string" || !namePattern.test(name))
    fault("name", `is ${quote(name)}; write noun:verb, like "digest:send"`);
  checkHandler(options, fault);
  if (options.timeout !== undefined) checkDuration(options.timeout, "timeout", fault);
  if (options.priority !== undefined && !Number.isInteger(options.priority))
    fault("priority", `is ${quote(options.priority)}; write a whole number`);
  const { concurrency, rate } = options;
  if (concurrency !== undefined) {
    const limit = isRecord(concurrency) ? concurrency["limit"] : concurrency;
    if (!isCount(limit)) fault("concurrency", `is ${quote(limit)}; write a whole number from 1`);
    if (isRecord(concurrency)) checkKey(concurrency, "concurrency.key", fault);
  }
  if (rate !== undefined) checkRate(rate, fault);
  checkRetry(options.retry, fault);
  return issues;
}

/** Either `run`, here, or `module`, in a thread. */
function checkHandler(options: Described, fault: (field: string, message: string) => void): void {
  const { run, isolate, module } = options;
  if (isolate === undefined && module === undefined) {
    if (typeof run !== "function")
      fault("run", 'must be a function (input, ctx) => output, or give isolate: "thread" with a module');
    return;
  }
  if (run !== undefined) fault("run", "a handler is either run, here, or the module of a thread, not both");
  if (isolate !== "thread") fault("isolate", `is ${quote(isolate)}; a module runs under isolate: "thread"`);
  if (!(module instanceof URL) || module.protocol !== "file:")
    fault("module", 'must be the URL of a file, like new URL("./resize.ts", import.meta.url)');
}

function checkRate(rate: unknown, fault: (field: string, message: string) => void): void {
  if (!isRecord(rate)) return fault("rate", 'must be an object like { limit: 10, per: "1m" }');
  const { limit, burst, per } = rate;
  if (!isCount(limit)) fault("rate.limit", `is ${quote(limit)}; write a whole number from 1`);
  if (burst !== undefined && !isCount(burst))
    fault("rate.burst", `is ${quote(burst)}; write a whole number from 1`);
  if (checkDuration(per, "rate.per", fault) < 1) fault("rate.per", "must be at least 1 ms");
  checkKey(rate, "rate.key", fault);
}

function checkKey(
  option: Record<string, unknown>,
  field: string,
  fault: (field: string, message: string) => void,
): void {
  if (option["key"] !== undefined && typeof option["key"] !== "function")
    fault(field, "must be a function (input) => text");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function checkRetry(retry: unknown, fault: (field: string, message: string) => void): void {
  if (retry === undefined) return;
  if (!isRecord(retry)) return fault("retry", "must be an object like { attempts: 5 }");
  const { attempts, factor, delay, maxDelay } = retry;
  if (attempts !== undefined && !isCount(attempts))
    fault("retry.attempts", `is ${quote(attempts)}; write a whole number from 1, where 1 means no retry`);
  if (factor !== undefined && !(typeof factor === "number" && factor >= 1 && Number.isFinite(factor)))
    fault("retry.factor", `is ${quote(factor)}; write a number from 1`);
  if (delay !== undefined) checkDuration(delay, "retry.delay", fault);
  if (maxDelay !== undefined) checkDuration(maxDelay, "retry.maxDelay", fault);
}

/** Milliseconds; NaN when it was at fault. */
function checkDuration(
  value: unknown,
  field: string,
  fault: (field: string, message: string) => void,
): number {
  try {
    return parseDuration(typeof value === "number" || typeof value === "string" ? value : "");
  } catch (error) {
    fault(field, error instanceof Error ? error.message : String(error));
    return Number.NaN;
  }
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 1;
}
