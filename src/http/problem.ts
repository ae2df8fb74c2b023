// Every error as an answer: RFC 9457 problem details. What went wrong inside stays inside: an error that is not one
// of ours becomes a sentence with the request id, under which the log has the rest.
import { STATUS_CODES } from "node:http";
import { EscapementError, type ErrorCode, type ErrorFamily, type Issue } from "../base/errors.ts";
import { problemView, type Problem } from "../contract/problem.ts";

const statusOfFamily: Readonly<Record<ErrorFamily, number>> = {
  input: 400,
  missing: 404,
  conflict: 409,
  unavailable: 503,
  broken: 500,
};

/** Where HTTP has a more exact word. */
const statusOfCode: Partial<Readonly<Record<ErrorCode, number>>> = {
  "auth.required": 401,
  "auth.forbidden": 403,
  "json.too-large": 413,
  "memory.forgotten": 410,
  "memory.too-large": 413,
  "process.busy": 429,
  "request.too-large": 413,
  "request.wrong-method": 405,
  "request.wrong-type": 415,
};

export function statusOf(error: EscapementError): number {
  return statusOfCode[error.code] ?? statusOfFamily[error.family];
}

export function toProblem(error: unknown, requestId: string): Problem {
  const known = EscapementError.is(error) ? error : unforeseen(requestId);
  const status = statusOf(known);
  const { issues } = known.details;
  return {
    title: STATUS_CODES[status] ?? "Error",
    status,
    detail: known.message,
    code: known.code,
    ...(isIssues(issues) ? { issues } : {}),
    requestId,
  };
}

/** `extra` are headers that belong to the error, such as `allow`. */
export function problemResponse(
  error: unknown,
  requestId: string,
  extra: Readonly<Record<string, string>> = {},
): Response {
  const problem = toProblem(error, requestId);
  const headers: Record<string, string> = { ...extra, "content-type": "application/problem+json" };
  if (problem.status === 401) headers["www-authenticate"] = 'Bearer realm="escapement"';
  if (problem.status === 503 || problem.status === 429) headers["retry-after"] = retryAfter(error);
  return new Response(JSON.stringify(problemView.encode(problem)), { status: problem.status, headers });
}

/** In whole seconds; the hint of the error where it has one. */
function retryAfter(error: unknown): string {
  const hint = EscapementError.is(error) ? error.details["retryAfterMs"] : undefined;
  return typeof hint === "number" && Number.isFinite(hint)
    ? String(Math.max(1, Math.ceil(hint / 1_000)))
    : "1";
}

function unforeseen(requestId: string): EscapementError {
  return new EscapementError(
    "invariant.broken",
    `Something went wrong inside the server: its log says what, under request ${requestId}.`,
  );
}

function isIssues(value: unknown): value is readonly Issue[] {
  return Array.isArray(value);
}
