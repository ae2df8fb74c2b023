// Which headers may leave, and how they are written.
import { validateHeaderName, validateHeaderValue } from "node:http";
import { EscapementError } from "../../base/errors.ts";

export type Headers = Readonly<Record<string, string>>;

/** They frame the message or steer the connection: set by the client itself, never by a caller. */
const ownedByConnection: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Names in lower case, defaults filled in. Throws `http.refused` for a name or value that HTTP does not allow. */
export function outgoingHeaders(headers: Headers = {}): Headers {
  // No compression: what is counted is what was sent, and there is no bomb to unpack.
  const checked: Record<string, string> = { "user-agent": "escapement", "accept-encoding": "identity" };
  for (const [name, value] of Object.entries(headers)) {
    const fault = findHeaderFault(name, value);
    if (fault !== undefined) {
      throw new EscapementError("http.refused", `Refused header ${JSON.stringify(name)}: ${fault}.`, {
        details: { header: name },
      });
    }
    checked[name.toLowerCase()] = value;
  }
  return checked;
}

/** Says what is wrong without repeating the value, which may be a secret. */
export function findHeaderFault(name: string, value: string): string | undefined {
  if (ownedByConnection.has(name.toLowerCase())) return "it belongs to the connection and cannot be set";
  try {
    validateHeaderName(name);
  } catch {
    return "a name may hold only letters, digits and !#$%&'*+-.^_`|~";
  }
  try {
    validateHeaderValue(name, value);
    return undefined;
  } catch {
    return "its value holds a character that no header may hold, such as a line break";
  }
}
