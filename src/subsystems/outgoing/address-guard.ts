// The decision about an address, and the `lookup` that takes it at the only moment that counts: when the socket
// is about to connect. Judging a name beforehand would let it resolve to another address afterwards.
import { isIP, type LookupFunction } from "node:net";
import { EscapementError } from "../../base/errors.ts";
import { addressRange, type AddressRange } from "./address-range.ts";
import type { OutgoingRules } from "./outgoing-options.ts";
import { hostOf, showUrl } from "./outgoing-url.ts";
import type { NamedAddress } from "./resolve-name.ts";

type AddressRules = Pick<OutgoingRules, "allowPrivate" | "allowedOrigins" | "resolve">;

/** May the origin of this URL be reached at this address? The range that forbids it, or `undefined`. */
function forbiddenRange(url: URL, address: string, rules: AddressRules): AddressRange | undefined {
  const range = addressRange(address);
  if (range === "public" || rules.allowedOrigins.includes(url.origin)) return undefined;
  if (range === "unreadable" || range === "cloud metadata") return range;
  return rules.allowPrivate ? undefined : range;
}

/** A host that is written as an address is never looked up, so it is judged here. Throws `http.refused`. */
export function checkLiteralAddress(url: URL, rules: AddressRules): void {
  const host = hostOf(url);
  const range = isIP(host) === 0 ? undefined : forbiddenRange(url, host, rules);
  if (range !== undefined) throw refuseAddress(url, host, range);
}

/** Of several addresses only the allowed ones are passed on; with none left it is `http.refused`. */
export async function allowedAddresses(url: URL, rules: AddressRules): Promise<readonly NamedAddress[]> {
  const found = await rules.resolve(hostOf(url));
  const judged = found.map((entry) => ({ entry, range: forbiddenRange(url, entry.address, rules) }));
  const allowed = judged.filter(({ range }) => range === undefined).map(({ entry }) => entry);
  const first = judged[0];
  if (allowed.length > 0) return allowed;
  throw refuseAddress(url, first?.entry.address ?? "no address", first?.range ?? "unreadable");
}

/** `allowedAddresses` in the form in which a socket asks. */
export function guardedLookup(url: URL, rules: AddressRules): LookupFunction {
  return (_hostname, options, callback) => {
    const answer = (found: readonly NamedAddress[]): void => {
      const [first] = found;
      if (options.all === true) callback(null, [...found]);
      else callback(null, first?.address ?? "", first?.family);
    };
    const fail = (error: unknown): void => {
      callback(error instanceof Error ? error : new Error(String(error)), "");
    };
    allowedAddresses(url, rules).then(answer, fail);
  };
}

function refuseAddress(url: URL, address: string, range: AddressRange): EscapementError {
  const where = hostOf(url) === address ? `${address} is` : `${hostOf(url)} resolves to ${address}, which is`;
  const remedy =
    range === "cloud metadata"
      ? `List it in allowedOrigins if this is meant: ["${url.origin}"].`
      : `Allow it with allowedOrigins: ["${url.origin}"], or every such address with allowPrivate: true.`;
  return new EscapementError(
    "http.refused",
    `Refused ${showUrl(url)}: ${where} not a public address (${range}). ${remedy}`,
    { details: { url: showUrl(url), address, range } },
  );
}
