// An error as people read it: one sentence; several faults of one input as a list under it. Never a stack trace.
import { EscapementError, type Issue } from "../base/errors.ts";

export function faultText(error: unknown): string {
  if (!EscapementError.is(error)) return `Something unforeseen happened: ${messageOf(error)}`;
  const issues = issuesOf(error.details["issues"]);
  if (issues.length < 2) return error.message;
  const width = Math.max(...issues.map(({ field }) => field.length));
  const lines = issues.map(({ field, message }) => `  ${field.padEnd(width)}  ${message}`);
  const list = issues.map(({ field, message }) => `${field}: ${message}`).join("; ");
  const head = error.message.endsWith(list) ? error.message.slice(0, -list.length).trim() : error.message;
  return [head, ...lines].join("\n");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function issuesOf(value: unknown): readonly Issue[] {
  return Array.isArray(value) ? value : [];
}
