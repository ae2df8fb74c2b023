// Who may do what: without tokens everybody who reaches the server (which then listens to this machine only),
// with tokens whoever shows one of the role that a route needs.
import { EscapementError } from "../base/errors.ts";
import { roleOf, roles, type Role, type Token } from "./token.ts";

export interface Caller {
  /** The name for the journal. */
  readonly actor: string;
  readonly role: Role;
}

/** Throws `auth.required` and `auth.forbidden`. */
export function admit(tokens: readonly Token[], authorization: string | undefined, needed: Role): Caller {
  if (tokens.length === 0) return { actor: "user:local", role: "admin" };
  const secret = /^bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
  if (secret === undefined) {
    throw new EscapementError(
      "auth.required",
      'This server asks for a token: send the header "Authorization: Bearer SECRET".',
    );
  }
  const role = roleOf(tokens, secret);
  if (role === undefined) {
    throw new EscapementError("auth.required", "This token is not known here: check the secret.");
  }
  if (roles.indexOf(role) < roles.indexOf(needed)) {
    throw new EscapementError(
      "auth.forbidden",
      `This needs the role "${needed}", and the token has "${role}": use another token.`,
      { details: { needed, role } },
    );
  }
  return { actor: `user:${role}`, role };
}
