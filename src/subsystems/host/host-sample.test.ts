import { execFile } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { Directive, type RunContext } from "../../actions/run-context.ts";
import { hostSample, type HostSample, type HostSampleAction } from "./host-sample.ts";

function context(): RunContext {
  const none = (): Directive => new Directive("cancel", null);
  return {
    runId: "run",
    taskId: undefined,
    attempt: 1,
    pass: 1,
    scheduledFor: new Date(0),
    signal: new AbortController().signal,
    stores: { of: (store) => store },
    now: () => 0,
    log: () => {},
    progress: () => Promise.resolve(),
    heartbeat: () => Promise.resolve(),
    step: async (_name, fn) => fn(),
    sleep: () => Promise.resolve(),
    enqueue: () => Promise.resolve({ id: "child" }),
    get memory(): never {
      throw new Error("no memory here");
    },
    again: none,
    snooze: none,
    cancel: none,
  };
}

async function take(action: HostSampleAction): Promise<HostSample> {
  const output = await action.run({}, context());
  if (output instanceof Directive) throw new Error("a directive");
  return output;
}

/** Two samples, half a second of one busy core apart. */
async function takeTwo(): Promise<readonly [HostSample, HostSample]> {
  using action = hostSample();
  const first = await take(action);
  await pause(30);
  const until = performance.now() + 400;
  while (performance.now() < until);
  await pause(150);
  return [first, await take(action)];
}

describe("host:sample", () => {
  test("[HST-1] a busy core shows, in the machine and in the process", async () => {
    const began = { at: performance.now(), cpu: process.cpuUsage() };
    const [, sample] = await takeTwo();
    const used = process.cpuUsage(began.cpu);
    const busy = ((used.user + used.system) / 1_000 / (performance.now() - began.at)) * 100;
    // However little of the machine the others leave: what the process says agrees with what the system counts for it.
    expect(busy).toBeGreaterThan(0);
    expect(Math.abs((sample.processCpuPercent ?? Number.NaN) - busy)).toBeLessThan(25);
    expect(sample.corePercents).toHaveLength(cpus().length);
    // The machine may be busier than this process, never idler, but for what the counters round.
    expect(sample.cpuPercent).toBeGreaterThan(busy / cpus().length / 2);
  });

  test("[HST-2] the first sample has no rates, the second has", async () => {
    const [first, second] = await takeTwo();
    expect(first.networkReceivedBytesPerSecond).toBeNull();
    expect(first.eventLoopDelayMaxMs).toBeNull();
    // The busy core was kept busy by the event loop itself.
    expect(second.eventLoopDelayMaxMs).toBeGreaterThan(300);
    const rate = second.networkSentBytesPerSecond;
    expect(rate === null || rate >= 0).toBe(true);
  });

  test("[HST-5] memory adds up", async () => {
    using action = hostSample();
    const sample = await take(action);
    expect(sample.memoryTotalBytes / totalmem()).toBeCloseTo(1, 1);
    expect(sample.memoryUsedBytes + sample.memoryAvailableBytes).toBe(sample.memoryTotalBytes);
    expect(sample.memoryUsedBytes).toBeGreaterThan(sample.processHeapUsedBytes);
    const limit = sample.memoryLimitBytes;
    expect(limit === null || limit < sample.memoryTotalBytes).toBe(true);
  });

  test("[HST-6] the disk is the one that the file system call names", async () => {
    using action = hostSample();
    const sample = await take(action);
    const truth = await statfs(process.cwd());
    const total = truth.blocks * truth.bsize;
    expect(sample.diskTotalBytes === null || Math.abs(sample.diskTotalBytes / total - 1) < 0.01).toBe(true);
  });

  test("[HST-7] bytes are whole, percent have one decimal, milliseconds two", async () => {
    const [, sample] = await takeTwo();
    const decimals: Readonly<Record<string, number>> = { Bytes: 0, Percent: 1, Ms: 2, Second: 0 };
    for (const [name, value] of Object.entries(sample)) {
      const unit = /(Bytes|Percent|Ms|Second)$/.exec(name)?.[1];
      if (typeof value !== "number" || unit === undefined) continue;
      expect(value, name).toBe(Number(value.toFixed(decimals[unit])));
    }
  });

  test("[HST-8] every field is a finite number, a list of them, or null", async () => {
    using action = hostSample();
    for (const [name, value] of Object.entries(await take(action))) {
      const numbers = Array.isArray(value) ? value : [value];
      expect(
        numbers.every((item) => item === null || Number.isFinite(item)),
        name,
      ).toBe(true);
    }
  });

  test("[HST-9] a sample takes well under a second", async () => {
    using action = hostSample();
    await take(action);
    const startedAt = performance.now();
    await take(action);
    expect(performance.now() - startedAt).toBeLessThan(700);
  });

  test("[HST-10] a program that forgets to dispose still ends", async () => {
    const source = join(import.meta.dirname, "host-sample.ts");
    const program = `const { hostSample } = await import(${JSON.stringify(source)}); console.log((await hostSample().run({}, {})).memoryTotalBytes > 0);`;
    const run = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], {
      timeout: 10_000,
    });
    expect((await run).stdout).toBe("true\n");
  });

  test("[HST-11] input is an empty object", async () => {
    using action = hostSample();
    const validate = action.input?.["~standard"].validate;
    expect(await validate?.({})).toEqual({ value: {} });
    expect((await validate?.({ disk: "/" }))?.issues).toHaveLength(1);
  });
});
