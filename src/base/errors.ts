// Every error that leaves Escapement: one class, a closed list of codes, five families.
// Errors are data: they are stored with runs, sent over HTTP and drawn by the console,
// so they carry a code and JSON details, never a status or an exit code of some door.

export type ErrorFamily = "input" | "missing" | "conflict" | "unavailable" | "broken";

/** The closed list of codes, `noun.reason`, each with its family. */
const families = {
  "action.conflict": "conflict",
  "action.invalid": "input",
  "action.not-found": "missing",
  "auth.forbidden": "input",
  "auth.required": "input",
  "cell.conflict": "conflict",
  "cell.invalid": "input",
  "cli.invalid": "input",
  "cluster.not-found": "missing",
  "control.invalid": "input",
  "copy.conflict": "conflict",
  "copy.unfinished": "unavailable",
  "cron.invalid": "input",
  "duration.invalid": "input",
  "gate.blocked": "conflict",
  "gate.invalid": "input",
  "http.failed": "unavailable",
  "http.refused": "input",
  "http.timeout": "unavailable",
  "http.too-large": "unavailable",
  "http.unexpected": "unavailable",
  "instant.invalid": "input",
  "invariant.broken": "broken",
  "journal.gone": "missing",
  "journal.invalid": "input",
  "json.invalid": "input",
  "json.too-large": "input",
  "memory.conflict": "conflict",
  "memory.forgotten": "missing",
  "memory.invalid": "input",
  "memory.no-embedder": "unavailable",
  "memory.not-found": "missing",
  "memory.too-large": "input",
  "memory.wrong-vector": "input",
  "module.invalid": "input",
  "options.invalid": "input",
  "path.invalid": "input",
  "path.not-found": "missing",
  "port.in-use": "unavailable",
  "port.refused": "unavailable",
  "process.busy": "unavailable",
  "process.conflict": "conflict",
  "process.invalid": "input",
  "process.not-found": "missing",
  "process.timeout": "unavailable",
  "process.wrong-message": "input",
  "process.wrong-result": "broken",
  "process.wrong-state": "broken",
  "request.invalid": "input",
  "request.not-found": "missing",
  "request.too-large": "input",
  "request.wrong-method": "input",
  "request.wrong-type": "input",
  "run.asleep": "unavailable",
  "run.cancelled": "conflict",
  "run.conflict": "conflict",
  "run.crashed": "unavailable",
  "run.endless": "conflict",
  "run.invalid": "input",
  "run.lost": "unavailable",
  "run.nondeterministic": "broken",
  "run.not-found": "missing",
  "run.stale": "conflict",
  "run.timeout": "unavailable",
  "runtime.not-started": "unavailable",
  "runtime.stopped": "unavailable",
  "server.unexpected": "unavailable",
  "server.unreachable": "unavailable",
  "service.conflict": "conflict",
  "service.not-found": "missing",
  "storage.broken": "broken",
  "storage.busy": "unavailable",
  "storage.changed-migration": "broken",
  "storage.in-use": "unavailable",
  "storage.newer-schema": "broken",
  "storage.unwell": "broken",
  "storage.unwritable": "unavailable",
  "store.conflict": "conflict",
  "store.invalid": "input",
  "store.not-found": "missing",
  "table.changed-migration": "broken",
  "table.conflict": "conflict",
  "table.invalid": "input",
  "table.refused": "conflict",
  "task.conflict": "conflict",
  "task.invalid": "input",
  "task.not-found": "missing",
  "transaction.invalid": "input",
  "zone.unknown": "input",
} as const;

export type ErrorCode = keyof typeof families;

/** Every code with its family, for the doors and the reference page. */
export const errorFamilies: Readonly<Record<ErrorCode, ErrorFamily>> = families;

/** What is wrong with one field of some input. */
export interface Issue {
  readonly field: string;
  readonly message: string;
}

export interface ErrorOptions {
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An error in the form in which it is stored and sent. */
export interface ErrorData {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export class EscapementError extends Error {
  readonly code: ErrorCode;
  readonly family: ErrorFamily;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "EscapementError";
    this.code = code;
    this.family = families[code];
    this.details = options.details ?? {};
  }

  /** Recognises an error by its shape, so that two copies of the package agree. */
  static is(value: unknown): value is EscapementError {
    return value instanceof Error && "code" in value && isErrorCode(value.code);
  }

  toJSON(): ErrorData {
    return { name: this.name, message: this.message, code: this.code, details: this.details };
  }
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(families, value);
}

/** One error for input that is wrong in one or more fields. */
export function invalidInput(code: ErrorCode, what: string, issues: readonly Issue[]): EscapementError {
  const list = issues.map(({ field, message }) => (field === "" ? message : `${field}: ${message}`));
  return new EscapementError(code, `${what} ${list.join("; ")}`, { details: { issues } });
}
