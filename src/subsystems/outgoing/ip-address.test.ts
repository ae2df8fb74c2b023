import { BlockList } from "node:net";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isInBlock, parseIpAddress } from "./ip-address.ts";

test.each([
  ["127.0.0.1", [127, 0, 0, 1]],
  ["::", Array.from({ length: 16 }, () => 0)],
  ["::1", [...Array.from({ length: 15 }, () => 0), 1]],
  ["fe80::1%eth0", [0xfe, 0x80, ...Array.from({ length: 13 }, () => 0), 1]],
  ["::ffff:10.1.2.3", [...Array.from({ length: 10 }, () => 0), 255, 255, 10, 1, 2, 3]],
  ["1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
])("the bytes of %s are read", (text, bytes) => {
  expect(parseIpAddress(text)).toEqual(bytes);
});

test.each(["", "localhost", "1.2.3", "1.2.3.256", "01.2.3.4", "::1::", "12345::"])(
  "%j is no address",
  (text) => {
    expect(parseIpAddress(text)).toBeUndefined();
  },
);

test("blocks hold exactly the addresses that Node's own BlockList finds in them", () => {
  const ipv4 = fc.tuple(fc.constant("ipv4" as const), fc.ipV4(), fc.ipV4(), fc.integer({ min: 1, max: 32 }));
  const ipv6 = fc.tuple(fc.constant("ipv6" as const), fc.ipV6(), fc.ipV6(), fc.integer({ min: 1, max: 128 }));
  fc.assert(
    fc.property(fc.oneof(ipv4, ipv6), fc.boolean(), ([family, start, other, bits], near) => {
      // Two random addresses are never near each other; every other time only the low bits differ.
      const address = near ? nudge(start) : other;
      const list = new BlockList();
      list.addSubnet(start, bits, family);
      const bytes = parseIpAddress(address) ?? [];
      expect(isInBlock(bytes, `${start}/${bits}`)).toBe(list.check(address, family));
    }),
    { numRuns: 500 },
  );
});

function nudge(address: string): string {
  return address.includes(".") ? address.replace(/\d$/, "3") : address.replace(/[0-9a-f]$/i, "3");
}
