// What a description of an action has to look like; every fault at once.
import { parseDuration } from "../base/duration.ts";
import type { Issue } from "../base/errors.ts";
import { unknownFields } from "../base/options.ts";
import { isPlain } from "../base/plain-text.ts";
import { show } from "../base/quote.ts";

interface Described {
  readonly input?: unknown;
  readonly output?: unknown;
  readonly cluster?: unknown;
  readonly retry?: unknown;
  readonly timeout?: unknown;
  readonly priority?: unknown;
  readonly concurrency?: unknown;
  readonly rate?: unknown;
  readonly run?: unknown;
  readonly isolate?: unknown;
  readonly module?: unknown;
}

const fields = [
  ..."name input output retry timeout priority cluster".split(" "),
  ..."concurrency rate run isolate module".split(" "),
];
const longestName = 200;
const namePattern = /^[A-Za-z][\w-]*:[A-Za-z][\w:-]*$/;

export function checkAction(name: unknown, described: object): Issue[] {
  if (!isRecord(described))
    return [{ field: "options", message: `is ${show(described)}; write an object with a function run` }];
  const options: Described = described;
  const issues = unknownFields(described, fields);
  const fault = (field: string, message: string): void => void issues.push({ field, message });
  if (typeof name !== "string" || name.length > longestName || !namePattern.test(name))
    fault(
      "name",
      `is ${show(name)}; write noun:verb, like "digest:send", of at most ${longestName} characters`,
    );
  checkHandler(options, fault);
  if (options.timeout !== undefined && checkDuration(options.timeout, "timeout", fault) < 1)
    fault("timeout", "must be at least 1 ms");
  if (options.priority !== undefined && !Number.isSafeInteger(options.priority))
    fault("priority", `is ${show(options.priority)}; write a whole number`);
  const { concurrency, rate } = options;
  if (concurrency !== undefined) {
    const limit = isRecord(concurrency) ? concurrency["limit"] : concurrency;
    if (!isCount(limit)) fault("concurrency", `is ${show(limit)}; write a whole number from 1`);
    if (isRecord(concurrency)) {
      issues.push(...unknownFields(concurrency, ["limit", "key"], "concurrency."));
      checkKey(concurrency, "concurrency.key", fault);
    }
  }
  if (isRecord(rate)) issues.push(...unknownFields(rate, ["limit", "per", "burst", "key"], "rate."));
  if (rate !== undefined) checkRate(rate, fault);
  if (isRecord(options.retry)) issues.push(...unknownFields(options.retry, retryFields, "retry."));
  checkRetry(options.retry, fault);
  const { cluster } = options;
  if (cluster !== undefined && !(typeof cluster === "string" && cluster !== "" && isPlain(cluster)))
    fault("cluster", `is ${show(cluster)}; write the id of a cluster`);
  for (const side of ["input", "output"] as const) checkSchema(options[side], side, fault);
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
  if (isolate !== "thread") fault("isolate", `is ${show(isolate)}; a module runs under isolate: "thread"`);
  if (!(module instanceof URL) || module.protocol !== "file:")
    fault("module", 'must be the URL of a file, like new URL("./resize.ts", import.meta.url)');
}

const retryFields = ["attempts", "delay", "factor", "maxDelay", "jitter"];

function checkSchema(
  schema: unknown,
  side: "input" | "output",
  fault: (field: string, message: string) => void,
): void {
  if (schema === undefined || isSchema(schema)) return;
  fault(side, `is ${show(schema)}; give a Standard Schema, as Zod, Valibot and ArkType make them`);
}

/** ArkType makes functions. */
function isSchema(value: unknown): boolean {
  const isThing = isRecord(value) || typeof value === "function";
  return isThing && "~standard" in value;
}

function checkRate(rate: unknown, fault: (field: string, message: string) => void): void {
  if (!isRecord(rate)) return fault("rate", 'must be an object like { limit: 10, per: "1m" }');
  const { limit, burst, per } = rate;
  if (!isCount(limit)) fault("rate.limit", `is ${show(limit)}; write a whole number from 1`);
  if (burst !== undefined && !isCount(burst))
    fault("rate.burst", `is ${show(burst)}; write a whole number from 1`);
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
    fault("retry.attempts", `is ${show(attempts)}; write a whole number from 1, where 1 means no retry`);
  if (factor !== undefined && !(typeof factor === "number" && factor >= 1 && Number.isFinite(factor)))
    fault("retry.factor", `is ${show(factor)}; write a number from 1`);
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
