// Errors of sockets, DNS, TLS and the HTTP parser, translated once into `http.failed` with what to look at.
import { EscapementError } from "../../base/errors.ts";

const hints: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, "nothing listens there; is the server running, and is the port right?"],
  [/^ENOTFOUND$|^ENODATA$/, "the name has no address; check its spelling and the DNS"],
  [/^EAI_AGAIN$/, "the name could not be resolved just now; is there a working DNS server?"],
  [
    /^ECONNRESET$|^EPIPE$|^UND_ERR_SOCKET$/,
    "the server closed the connection before it had answered in full",
  ],
  [/^ETIMEDOUT$|^EHOSTUNREACH$|^ENETUNREACH$|^EADDRNOTAVAIL$/, "there is no way to that address from here"],
  [/CERT|SELF_SIGNED|ISSUER|VERIFY|ALTNAME/, "its TLS certificate cannot be trusted"],
  [/^EPROTO$|^ERR_SSL|^ERR_TLS/, "no TLS connection came about; does the server speak https on that port?"],
  [/^HPE_HEADER_OVERFLOW$/, "its response headers are too large"],
  [/^HPE_/, "what it sent is not valid HTTP"],
];

/** Errors that are already in our own words pass unchanged. */
export function networkFailure(subject: string, thrown: unknown): EscapementError {
  if (EscapementError.is(thrown)) return thrown;
  const code = codeOf(thrown);
  const hint = hints.find(([pattern]) => pattern.test(code))?.[1] ?? textOf(thrown);
  const suffix = code === "" ? "" : ` (${code})`;
  return new EscapementError("http.failed", `${subject} failed: ${hint}${suffix}.`, {
    details: code === "" ? {} : { code },
    cause: thrown,
  });
}

/** With several addresses tried, Node throws an AggregateError that may leave the code to its parts. */
function codeOf(thrown: unknown): string {
  if (typeof thrown !== "object" || thrown === null) return "";
  if ("code" in thrown && typeof thrown.code === "string") return thrown.code;
  return thrown instanceof AggregateError ? codeOf(thrown.errors[0]) : "";
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error && thrown.message !== "" ? thrown.message : "the reason is unknown";
}
