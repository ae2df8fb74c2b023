// Asks the machine. Everything here may fail or be missing on some platform; what fails is `undefined`, and the
// rest is still read. systeminformation is loaded at the first reading: it is large, and not every program samples.
import { cpus, loadavg, networkInterfaces, platform, totalmem, freemem } from "node:os";
import type { CoreTimes } from "./cpu-load.ts";
import { diskUsage, type DiskUsage } from "./disk-usage.ts";
import { isVirtualInterface, type InterfaceCounters } from "./network-rate.ts";

export interface MemoryUsage {
  readonly totalBytes: number;
  /** What could be handed out without swapping; caches that can be dropped count as available. */
  readonly availableBytes: number;
}

export function readCoreTimes(): readonly CoreTimes[] {
  return cpus().map((core) => core.times);
}

/** Over 1, 5 and 15 minutes; Windows has no such thing. */
export function readLoadAverage(): readonly number[] | undefined {
  return platform() === "win32" ? undefined : loadavg();
}

/** The limit of the container, where there is one. */
export function readMemoryLimit(): number | undefined {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : undefined;
}

export async function readMemory(): Promise<MemoryUsage> {
  const { default: system } = await import("systeminformation");
  try {
    const { total, available } = await system.mem();
    return { totalBytes: total, availableBytes: available };
  } catch {
    return { totalBytes: totalmem(), availableBytes: freemem() };
  }
}

export async function readDisk(directory: string): Promise<DiskUsage | undefined> {
  const { default: system } = await import("systeminformation");
  try {
    return diskUsage(await system.fsSize(), directory);
  } catch {
    return undefined;
  }
}

/** The counters of the interfaces that lead out of this machine. Empty where there are none to be read. */
export async function readNetwork(): Promise<readonly InterfaceCounters[]> {
  const names = Object.entries(networkInterfaces())
    .filter(([name, addresses]) => !isVirtualInterface(name) && addresses?.some(({ internal }) => !internal))
    .map(([name]) => name);
  if (names.length === 0) return [];
  const { default: system } = await import("systeminformation");
  try {
    // Named one by one: asked for all of them, systeminformation blocks while it makes the list.
    const found = await system.networkStats(names.join(","));
    return found
      .filter((entry) => entry.rx_bytes > 0 || entry.tx_bytes > 0)
      .map((entry) => ({ name: entry.iface, receivedBytes: entry.rx_bytes, sentBytes: entry.tx_bytes }));
  } catch {
    return [];
  }
}
