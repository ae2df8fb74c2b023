// Bearer tokens with roles. A secret is kept as a hash only, and every comparison takes the same time,
// whichever token it is and however much of it is right.
import { createHash, timingSafeEqual } from "node:crypto";
import { EscapementError } from "../base/errors.ts";

/** Each may do what those before it may: look; run, start and stop; define and control. */
export const roles = ["viewer", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

export interface Token {
  readonly role: Role;
  /** SHA-256 of the secret. */
  readonly hash: Buffer;
}

export interface Secret {
  readonly role: Role;
  readonly secret: string;
}

/** `SECRET` is an admin's, `ROLE:SECRET` names the role. Throws `options.invalid`, which never repeats the secret. */
export function parseSecret(text: string): Secret {
  const named = roles.find((role) => text.startsWith(`${role}:`));
  const secret = named === undefined ? text : text.slice(named.length + 1);
  // Neither word of it is repeated: both may be parts of a secret.
  if (named === undefined && /^[a-z]+:/i.test(text))
    throw new EscapementError(
      "options.invalid",
      `Cannot use the token: what stands before its colon is no role; the roles are ${roles.join(", ")}. For a secret that has a colon itself write admin:SECRET.`,
    );
  if (/^[\x21-\x7e]{8,}$/.test(secret)) return { role: named ?? "admin", secret };
  throw new EscapementError(
    "options.invalid",
    "Cannot use the token: a secret has at least 8 printable characters and no spaces; write SECRET, or ROLE:SECRET with viewer, operator or admin.",
  );
}

export function parseToken(text: string): Token {
  const { role, secret } = parseSecret(text);
  return { role, hash: hashOf(secret) };
}

/** The greatest role that this secret has; undefined for an unknown one. */
export function roleOf(tokens: readonly Token[], secret: string): Role | undefined {
  const hash = hashOf(secret);
  // Every token is compared, so that the time tells nothing.
  const held = new Set(
    tokens.filter((token) => timingSafeEqual(token.hash, hash)).map((token) => token.role),
  );
  return roles.findLast((role) => held.has(role));
}

function hashOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
