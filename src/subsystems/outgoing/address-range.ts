// What kind of place an IP address is. The guard connects to "public" ones only, unless it was told otherwise,
// so whatever is not known to be public must never be called public.
// Sources: the IANA special-purpose address registries (RFC 6890 and what updates it) and the documented
// metadata addresses of the cloud providers.
import { isInBlock, parseIpAddress } from "./ip-address.ts";

export type AddressRange =
  | "public"
  | "unspecified"
  | "loopback"
  | "private"
  | "link-local"
  | "carrier-grade NAT"
  | "cloud metadata"
  | "multicast"
  | "reserved"
  | "unreadable";

/** First match wins: the metadata addresses lie inside wider blocks. */
const blocks: readonly (readonly [AddressRange, readonly string[]])[] = [
  [
    "cloud metadata",
    [
      "169.254.169.254/32", // AWS, Google, Azure, Oracle and most others
      "169.254.170.0/24", // AWS container and pod credentials
      "100.100.100.200/32", // Alibaba
      "168.63.129.16/32", // Azure's host agent
      "192.0.0.192/32", // Oracle
      "fd00:ec2::/32", // AWS
      "fd20:ce::254/128", // Google
    ],
  ],
  ["unspecified", ["0.0.0.0/8", "::/128"]],
  ["loopback", ["127.0.0.0/8", "::1/128"]],
  ["private", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10", "64:ff9b:1::/48"]],
  ["link-local", ["169.254.0.0/16", "fe80::/10"]],
  ["carrier-grade NAT", ["100.64.0.0/10"]],
  ["multicast", ["224.0.0.0/4", "ff00::/8"]],
  [
    "reserved",
    [
      "192.0.0.0/24", // protocol assignments
      "192.0.2.0/24", // documentation
      "192.88.99.0/24", // the 6to4 relay that was
      "198.18.0.0/15", // benchmarking
      "198.51.100.0/24", // documentation
      "203.0.113.0/24", // documentation
      "240.0.0.0/4", // future use, and broadcast
      "2001::/23", // protocol assignments, Teredo among them
      "2001:db8::/32", // documentation
      "2002::/16", // 6to4: may lead to any IPv4 address
      "3fff::/20", // documentation
    ],
  ],
];

/** IPv6 blocks whose last four bytes are the IPv4 address that is really meant: mapped, and NAT64. */
const carriers = ["::ffff:0:0/96", "64:ff9b::/96"];

/** The IPv6 block out of which public addresses are given; everything beside it is reserved. */
const globalUnicast = "2000::/3";

export function addressRange(text: string): AddressRange {
  const address = parseIpAddress(text);
  return address === undefined ? "unreadable" : rangeOf(address);
}

function rangeOf(address: readonly number[]): AddressRange {
  if (carriers.some((block) => isInBlock(address, block))) return rangeOf(address.slice(12));
  for (const [range, list] of blocks) {
    if (list.some((block) => isInBlock(address, block))) return range;
  }
  if (address.length === 4 || isInBlock(address, globalUnicast)) return "public";
  return "reserved";
}
