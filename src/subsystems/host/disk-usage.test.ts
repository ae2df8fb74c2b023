import { expect, test } from "vitest";
import { diskUsage } from "./disk-usage.ts";

const mounts = (...list: string[]) =>
  list.map((mount, index) => ({ mount, size: 100 + index, used: 40, available: 50 }));

test.each([
  [["/", "/home", "/home/me/code"], "/home/me", 101],
  [["/", "/home", "/home/me/code"], "/home/me/code", 102],
  [["/home/me/code", "/", "/home"], "/home/me/code/app", 100],
  [["/", "/home"], "/homestead", 100],
  [["C:", "D:"], "d:\\work", 101],
])("[HST-6] of %j the one that holds %s is meant", (list, directory, totalBytes) => {
  expect(diskUsage(mounts(...list), directory)).toEqual({ totalBytes, usedBytes: 40, availableBytes: 50 });
});

test("[HST-6] with no fitting mount there is no answer", () => {
  expect(diskUsage(mounts("/mnt"), "/home")).toBeUndefined();
});
