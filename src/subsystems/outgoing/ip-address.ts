// An IP address as bytes: 4 for IPv4, 16 for IPv6. Reading only; what an address may be used for is said elsewhere.
import { isIP } from "node:net";

/** `undefined` when the text is no IP address. A zone such as `%eth0` is left aside. */
export function parseIpAddress(text: string): readonly number[] | undefined {
  const [address = ""] = text.split("%");
  const version = isIP(address);
  if (version === 4) return address.split(".").map(Number);
  return version === 6 ? parseIpv6(address) : undefined;
}

/** The text has been accepted by `isIP`, so every group is one to four hex digits. */
function parseIpv6(text: string): readonly number[] {
  const [head = "", tail] = text.split("::");
  const before = parseGroups(head);
  if (tail === undefined) return before;
  const after = parseGroups(tail);
  const gap = Array.from({ length: 16 - before.length - after.length }, () => 0);
  return [...before, ...gap, ...after];
}

function parseGroups(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (group.includes(".")) return group.split(".").map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}

/** Is the address inside the block, given as `address/bits`? Addresses of the other version never are. */
export function isInBlock(address: readonly number[], block: string): boolean {
  const [start = "", length = ""] = block.split("/");
  const first = parseIpAddress(start);
  if (first === undefined || first.length !== address.length) return false;
  const bits = Number(length);
  return first.every((byte, index) => {
    const kept = Math.max(0, Math.min(8, bits - index * 8));
    const mask = (0xff << (8 - kept)) & 0xff;
    return (byte & mask) === ((address[index] ?? 0) & mask);
  });
}
