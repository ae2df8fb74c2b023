import { expect, test } from "vitest";
import { isVirtualInterface, networkRate, type NetworkCounters } from "./network-rate.ts";

function counters(atMs: number, ...list: readonly (readonly [string, number, number])[]): NetworkCounters {
  return {
    atMs,
    interfaces: list.map(([name, receivedBytes, sentBytes]) => ({ name, receivedBytes, sentBytes })),
  };
}

test("[HST-2] the rate is the growth of all interfaces over the time between", () => {
  const before = counters(1000, ["eth0", 100, 10], ["eth1", 0, 0]);
  const after = counters(3000, ["eth0", 300, 20], ["eth1", 100, 0]);
  expect(networkRate(before, after)).toEqual({ receivedBytesPerSecond: 150, sentBytesPerSecond: 5 });
});

test("[HST-2] there is no rate without a reading before, without time, without interfaces", () => {
  const reading = counters(1000, ["eth0", 100, 10]);
  expect(networkRate(undefined, reading)).toBeUndefined();
  expect(networkRate(reading, reading)).toBeUndefined();
  expect(networkRate(counters(0), counters(1000))).toBeUndefined();
});

test("[HST-3] a new interface and a counter that went back count as nothing", () => {
  const before = counters(0, ["eth0", 500, 500]);
  const after = counters(1000, ["eth0", 100, 600], ["eth1", 9000, 9000]);
  expect(networkRate(before, after)).toEqual({ receivedBytesPerSecond: 0, sentBytesPerSecond: 100 });
});

test("[HST-3] bridges, tunnels and containers are left out", () => {
  const names = ["eth0", "en0", "wlan0", "enp3s0", "docker0", "veth12ab", "br-9f", "tun0", "wg0", "utun3"];
  expect(names.filter((name) => !isVirtualInterface(name))).toEqual(["eth0", "en0", "wlan0", "enp3s0"]);
});
