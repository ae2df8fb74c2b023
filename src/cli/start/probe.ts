// A URL that is looked at every 15 seconds, and the id of its task: the same for the same URL, whenever it is given.
import { EscapementError } from "../../base/errors.ts";
import { hash32 } from "../../base/hash.ts";

export interface Probe {
  readonly id: string;
  readonly url: string;
  readonly origin: string;
}

/** Throws `cli.invalid`. */
export function readProbe(text: string): Probe {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new EscapementError(
      "cli.invalid",
      `Cannot read --probe ${JSON.stringify(text)}: write a whole URL without user and password, like https://example.com/health.`,
    );
  }
  url.hash = "";
  return { id: probeId(url), url: url.href, origin: url.origin };
}

/** Readable, and different for URLs that read the same. */
function probeId({ host, pathname, href }: URL): string {
  const words = `${host}${pathname}`
    .replaceAll(/[^\w.]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 60);
  return `probe-${words}-${hash32(href).toString(36)}`;
}
