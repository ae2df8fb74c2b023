// What can be said of a URL before anything is connected. Used for the first URL and for every redirect alike.
import { EscapementError } from "../../base/errors.ts";

/** Throws `http.refused` for what is no URL, is not http(s), or carries credentials. */
export function parseOutgoingUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (url === null)
    throw refuse(text, `Cannot read URL ${JSON.stringify(text)}: write it like "https://example.org/path".`);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw refuse(
      showUrl(url),
      `Refused ${showUrl(url)}: only http and https are allowed, not ${url.protocol.slice(0, -1)}.`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw refuse(
      showUrl(url),
      `Refused ${showUrl(url)}: a URL must not carry a user name or password; send a header instead.`,
    );
  }
  return url;
}

/**
 * A URL for people and journals: without credentials, query and fragment, which is where secrets hide.
 * `?…` says that there was a query.
 */
export function showUrl(url: URL): string {
  const place = url.host === "" ? `${url.protocol}…` : `${url.protocol}//${url.host}${url.pathname}`;
  return url.search === "" ? place : `${place}?…`;
}

/** The host as an address or a name, without the brackets that IPv6 wears in a URL. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

function refuse(url: string, message: string): EscapementError {
  return new EscapementError("http.refused", message, { details: { url } });
}
