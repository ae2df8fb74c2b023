// Names to addresses, as the operating system does it (hosts file included). The order is the system's.
import { lookup } from "node:dns/promises";

export interface NamedAddress {
  readonly address: string;
  readonly family: number;
}

/** Every address of a host name; rejects when there is none. */
export type ResolveName = (hostname: string) => Promise<readonly NamedAddress[]>;

export const resolveName: ResolveName = (hostname) => lookup(hostname, { all: true, order: "verbatim" });
