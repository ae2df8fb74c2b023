import * as fc from "fast-check";
import { expect, test } from "vitest";
import { addressRange, type AddressRange } from "./address-range.ts";

const cases: readonly (readonly [AddressRange, readonly string[]])[] = [
  [
    "public",
    ["1.1.1.1", "8.8.8.8", "93.184.216.34", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0"],
  ],
  [
    "public",
    ["126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0"],
  ],
  ["public", ["192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255"]],
  ["public", ["2606:4700:4700::1111", "2a00:1450:4001::200e", "2400:cb00::1", "2001:4860:4860::8888"]],
  ["unspecified", ["0.0.0.0", "0.255.255.255", "::"]],
  ["loopback", ["127.0.0.1", "127.255.255.254", "::1"]],
  [
    "private",
    ["10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255"],
  ],
  ["private", ["fc00::1", "fdff:ffff::1", "fec0::1", "64:ff9b:1::1"]],
  ["link-local", ["169.254.0.1", "169.254.255.255", "fe80::1", "febf::1", "fe80::1%eth0"]],
  ["carrier-grade NAT", ["100.64.0.1", "100.127.255.255"]],
  ["cloud metadata", ["169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192"]],
  ["cloud metadata", ["fd00:ec2::254", "fd20:ce::254"]],
  ["multicast", ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"]],
  ["reserved", ["192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.7", "203.0.113.9"]],
  ["reserved", ["240.0.0.1", "255.255.255.255", "2001:db8::1", "3fff::1", "100::1", "4000::1"]],
  ["unreadable", ["localhost", "", "1.2.3", "256.0.0.1"]],
];

test.each(cases.flatMap(([range, list]) => list.map((address) => [address, range] as const)))(
  "[OUT-3] %s is %s",
  (address, range) => {
    expect(addressRange(address)).toBe(range);
  },
);

test.each([
  ["::ffff:127.0.0.1", "loopback"],
  ["::ffff:7f00:1", "loopback"],
  ["::ffff:169.254.169.254", "cloud metadata"],
  ["::ffff:8.8.8.8", "public"],
  ["64:ff9b::10.0.0.1", "private"],
  ["64:ff9b::8.8.8.8", "public"],
  ["::127.0.0.1", "reserved"], // the deprecated "compatible" form
  ["2002:7f00:1::", "reserved"], // 6to4 around 127.0.0.1
  ["2001:0:53aa:64c:0:fbff:80ff:fffe", "reserved"], // Teredo around 127.0.0.1
])("[OUT-4] %s is %s", (address, range) => {
  expect(addressRange(address)).toBe(range);
});

test("[OUT-4] wrapping an IPv4 address changes nothing about it", () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      expect(addressRange(`::ffff:${address}`)).toBe(addressRange(address));
      expect(addressRange(`64:ff9b::${address}`)).toBe(addressRange(address));
    }),
  );
});
