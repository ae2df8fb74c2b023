// The last samples of this host, as rows of bars: read from the results of the runs that took them, so that a restart
// goes on where the server before has ended.
import type { Run } from "../../contract/run.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { LiveSample } from "../live/live-view.ts";
import { sampleTaskId } from "./default-tasks.ts";

const keptSamples = 240;
/** Between two samples that are further apart than this, an empty place shows that there was a gap. */
const gapMs = 20_000;

interface Row {
  readonly label: string;
  readonly unit: string;
  readonly fullScale?: number;
  readonly read: (sample: Sample) => number | null;
}

type Sample = Readonly<Record<string, unknown>>;

const rows: readonly Row[] = [
  { label: "cpu", unit: "%", read: (sample) => numberOf(sample["cpuPercent"]) },
  {
    label: "memory",
    unit: "%",
    read: (sample) => share(sample["memoryUsedBytes"], sample["memoryTotalBytes"]),
  },
  { label: "disk", unit: "%", read: (sample) => share(sample["diskUsedBytes"], sample["diskTotalBytes"]) },
  { label: "net in /s", unit: "bytes", read: (sample) => numberOf(sample["networkReceivedBytesPerSecond"]) },
  {
    label: "loop delay",
    unit: "ms",
    fullScale: 50,
    read: (sample) => numberOf(sample["eventLoopDelayP99Ms"]),
  },
];

export class HostHistory {
  readonly #samples: (Sample | null)[] = [];
  #lastId = "";
  #lastAt = 0;

  /** Takes in what was sampled since the last time. */
  async update({ runs }: Runtime): Promise<void> {
    const limit = this.#lastId === "" ? keptSamples : 5;
    const { items } = await runs.list({ taskId: sampleTaskId, state: "succeeded", limit });
    for (const run of items.toReversed()) this.#add(run);
  }

  rows(): readonly LiveSample[] {
    return rows.map(({ read, ...row }) => {
      const values = this.#samples.map((sample) => (sample === null ? null : read(sample)));
      return { ...row, values, latest: values.at(-1) ?? null };
    });
  }

  #add({ id, finishedAt, result }: Run): void {
    if (id <= this.#lastId || finishedAt === undefined || !isSample(result)) return;
    const at = finishedAt.getTime();
    if (this.#lastAt > 0 && at - this.#lastAt > gapMs) this.#samples.push(null);
    this.#samples.push(result);
    this.#samples.splice(0, this.#samples.length - keptSamples);
    this.#lastId = id;
    this.#lastAt = at;
  }
}

function isSample(value: unknown): value is Sample {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function share(part: unknown, whole: unknown): number | null {
  const [a, b] = [numberOf(part), numberOf(whole)];
  return a === null || b === null || b === 0 ? null : (a / b) * 100;
}
