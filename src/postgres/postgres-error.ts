// Errors of PostgreSQL and of the way to it in our words. Nothing above this folder knows a SQLSTATE.
import { EscapementError, type ErrorCode } from "../base/errors.ts";

/** The connection is gone, or the server does not take any now. */
const away =
  /^(?:08...|57P0[1235]|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENETDOWN|ENOENT)$/;
/** Another transaction stood in the way; the same once more will do. */
const contended = /^(?:40001|40P01|55P03)$/;
const cancelled = /^57014$/;
/** A statement that needs a transaction without one, and any statement after the one that failed. */
const outside = "25P01";
const failed = "25P02";
const refused = /^(?:28...|42501|25006|3D000|53100|53200|57P04)$/;
const lostMessages =
  /connection terminated|connection ended|not queryable|client was closed|timeout exceeded|timeout expired|read timeout/i;

/** Whether the error says nothing about the statement, but that the server could not be asked or did not answer. */
export function isAway(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined) return away.test(code);
  return error instanceof Error && lostMessages.test(error.message);
}

/** Whether the same transaction once more may well succeed. */
export function isContended(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined) return false;
  return contended.test(code) || (code === "23505" && constraintOf(error) === "run_key");
}

export function translate(error: unknown): EscapementError {
  if (EscapementError.is(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (isAway(error)) {
    return told(
      "storage.busy",
      `PostgreSQL cannot be reached or has dropped the connection (${message}): a change that was under way may or may not have been made. It is tried again when the server is back.`,
      error,
    );
  }
  const code = codeOf(error) ?? "";
  if (contended.test(code) || cancelled.test(code)) {
    return told(
      "storage.busy",
      `PostgreSQL gave up on a statement that stood in the way of others (${message}): try again.`,
      error,
    );
  }
  if (code === outside) {
    const message =
      "No transaction is open on this connection: send BEGIN before, and COMMIT or ROLLBACK after.";
    return told("transaction.invalid", message, error);
  }
  if (code === failed) {
    const message =
      "The transaction on this connection has failed already: send ROLLBACK, or ROLLBACK TO a savepoint.";
    return told("transaction.invalid", message, error);
  }
  if (code.startsWith("23")) {
    return told(
      "table.refused",
      `The database refuses a row (${message}): change it, or what stands in its way.`,
      error,
    );
  }
  if (refused.test(code)) {
    return told(
      "storage.unwritable",
      `PostgreSQL does not let this user work there (${message}): check the address, the password, the rights on the schema and the room on the disk.`,
      error,
    );
  }
  return told("storage.broken", `PostgreSQL refused a statement: ${message}.`, error);
}

function told(code: ErrorCode, message: string, cause: unknown): EscapementError {
  return new EscapementError(code, message, { cause });
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

function constraintOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "constraint" in error ? error.constraint : undefined;
}
