// The version of a definition as an entity tag: who changes a task can say which version was meant.
import { EscapementError } from "../base/errors.ts";

export function versionTag(version: number): Readonly<Record<string, string>> {
  return { etag: `"${version}"` };
}

/**
 * What `If-Match: "3"` (this version) and `If-None-Match: *` (not there yet) ask for.
 * Throws `request.invalid` for anything else.
 */
export function expectedVersion(header: (name: string) => string | undefined): {
  readonly expectedVersion?: number;
} {
  const match = header("if-match");
  const noneMatch = header("if-none-match");
  if (match === undefined && noneMatch === undefined) return {};
  if (match === undefined && noneMatch === "*") return { expectedVersion: 0 };
  const version = /^"(\d{1,15})"$/.exec(match ?? "")?.[1];
  if (version !== undefined && noneMatch === undefined) return { expectedVersion: Number(version) };
  throw new EscapementError(
    "request.invalid",
    'Cannot read the condition: send If-Match with the ETag of the task, like "3", or If-None-Match: * for a task that must be new.',
  );
}
