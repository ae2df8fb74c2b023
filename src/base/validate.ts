// Holding a value against a Standard Schema, at once where the schema needs no time.
import type { Issue } from "./errors.ts";
import type { SchemaIssue, SchemaResult, StandardSchema } from "./standard-schema.ts";

export type Checked<Value> = { readonly value: Value } | { readonly issues: readonly Issue[] };

/** Without a schema everything passes. Only a promise when the schema gives one. */
export function validate<Value>(
  schema: StandardSchema<Value>,
  value: unknown,
): Checked<Value> | Promise<Checked<Value>>;
export function validate(
  schema: StandardSchema | undefined,
  value: unknown,
): Checked<unknown> | Promise<Checked<unknown>>;
export function validate(
  schema: StandardSchema | undefined,
  value: unknown,
): Checked<unknown> | Promise<Checked<unknown>> {
  if (schema === undefined) return { value };
  const result = schema["~standard"].validate(value);
  return result instanceof Promise ? result.then(read) : read(result);
}

function read<Value>(result: SchemaResult<Value>): Checked<Value> {
  if (result.issues === undefined) return { value: result.value };
  return { issues: result.issues.map((issue) => ({ field: pathOf(issue), message: issue.message })) };
}

function pathOf(issue: SchemaIssue): string {
  return (issue.path ?? []).map((part) => String(typeof part === "object" ? part.key : part)).join(".");
}
