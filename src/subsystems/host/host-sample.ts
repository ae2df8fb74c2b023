// The action `host:sample`: how this machine and this process are doing, as one flat object of numbers.
// What the platform does not tell is null, never zero. Rates cover the time since the sample before; so the first
// sample of a process has none for the network and the event loop.
import { z } from "zod";
import type { Action } from "../../actions/action.ts";
import { systemClock } from "../../base/clock.ts";
import { cpuLoad } from "./cpu-load.ts";
import { EventLoopDelay } from "./event-loop-delay.ts";
import {
  readCoreTimes,
  readDisk,
  readLoadAverage,
  readMemory,
  readMemoryLimit,
  readNetwork,
} from "./host-readings.ts";
import { networkRate, type NetworkCounters } from "./network-rate.ts";

export interface HostSample {
  /** All cores together, 0 to 100, since the sample before. */
  readonly cpuPercent: number | null;
  readonly corePercents: readonly number[] | null;
  readonly loadAverage1m: number | null;
  readonly loadAverage5m: number | null;
  readonly loadAverage15m: number | null;
  readonly memoryTotalBytes: number;
  readonly memoryUsedBytes: number;
  readonly memoryAvailableBytes: number;
  /** The limit of the container; null where there is none. */
  readonly memoryLimitBytes: number | null;
  /** Of the file system that holds the working directory. */
  readonly diskTotalBytes: number | null;
  readonly diskUsedBytes: number | null;
  readonly diskAvailableBytes: number | null;
  readonly networkReceivedBytesPerSecond: number | null;
  readonly networkSentBytesPerSecond: number | null;
  /** How late the event loop of this process was, since the sample before. */
  readonly eventLoopDelayP50Ms: number | null;
  readonly eventLoopDelayP99Ms: number | null;
  readonly eventLoopDelayMaxMs: number | null;
  /** Of one core: 200 is two cores kept busy. */
  readonly processCpuPercent: number | null;
  readonly processResidentBytes: number;
  readonly processHeapUsedBytes: number;
}

/** The action with what it keeps between two samples. Dispose it when the runtime stops. */
export interface HostSampleAction extends Action<Readonly<Record<string, never>>, HostSample>, Disposable {}

const input = z.strictObject({});

export function hostSample(): HostSampleAction {
  const sampler = new HostSampler();
  return {
    name: "host:sample",
    input,
    // A later sample is worth more than a second try.
    retry: { attempts: 1 },
    run: () => sampler.take(),
    [Symbol.dispose]: () => sampler[Symbol.dispose](),
  };
}

class HostSampler implements Disposable {
  readonly #delay = new EventLoopDelay();
  #cores = readCoreTimes();
  #network: NetworkCounters | undefined;
  #processCpu = process.cpuUsage();
  #processAtMs = systemClock.elapsed();

  async take(): Promise<HostSample> {
    // The event loop first, before reading the rest can delay it.
    const delay = this.#takeDelay();
    const processor = { ...this.#takeCpu(), ...this.#takeProcess() };
    const [memory, disk, network] = await Promise.all([takeMemory(), takeDisk(), this.#takeNetwork()]);
    return { ...processor, ...memory, ...disk, ...network, ...delay };
  }

  [Symbol.dispose](): void {
    this.#delay[Symbol.dispose]();
  }

  #takeCpu() {
    const cores = readCoreTimes();
    const load = cpuLoad(this.#cores, cores);
    const average = readLoadAverage();
    this.#cores = cores;
    return {
      cpuPercent: rounded(load?.percent, 1),
      corePercents: load?.corePercents.map((percent) => round(percent, 1)) ?? null,
      loadAverage1m: rounded(average?.[0], 2),
      loadAverage5m: rounded(average?.[1], 2),
      loadAverage15m: rounded(average?.[2], 2),
    };
  }

  #takeProcess() {
    const used = process.cpuUsage(this.#processCpu);
    const atMs = systemClock.elapsed();
    const passedMs = atMs - this.#processAtMs;
    const percent = passedMs > 0 ? (used.user + used.system) / 10 / passedMs : undefined;
    this.#processCpu = process.cpuUsage();
    this.#processAtMs = atMs;
    const { rss, heapUsed } = process.memoryUsage();
    return {
      processCpuPercent: rounded(percent, 1),
      processResidentBytes: rss,
      processHeapUsedBytes: heapUsed,
    };
  }

  #takeDelay() {
    const delay = this.#delay.take();
    return {
      eventLoopDelayP50Ms: rounded(delay?.p50Ms, 2),
      eventLoopDelayP99Ms: rounded(delay?.p99Ms, 2),
      eventLoopDelayMaxMs: rounded(delay?.maxMs, 2),
    };
  }

  async #takeNetwork() {
    const interfaces = await readNetwork();
    const counters = { atMs: systemClock.elapsed(), interfaces };
    const rate = networkRate(this.#network, counters);
    this.#network = counters;
    return {
      networkReceivedBytesPerSecond: rounded(rate?.receivedBytesPerSecond, 0),
      networkSentBytesPerSecond: rounded(rate?.sentBytesPerSecond, 0),
    };
  }
}

async function takeMemory() {
  const { totalBytes, availableBytes } = await readMemory();
  return {
    memoryTotalBytes: totalBytes,
    memoryUsedBytes: totalBytes - availableBytes,
    memoryAvailableBytes: availableBytes,
    memoryLimitBytes: readMemoryLimit() ?? null,
  };
}

async function takeDisk() {
  const disk = await readDisk(process.cwd());
  return {
    diskTotalBytes: disk?.totalBytes ?? null,
    diskUsedBytes: disk?.usedBytes ?? null,
    diskAvailableBytes: disk?.availableBytes ?? null,
  };
}

function rounded(value: number | undefined, digits: number): number | null {
  return value === undefined || !Number.isFinite(value) ? null : round(value, digits);
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
