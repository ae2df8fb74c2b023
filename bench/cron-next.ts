// How many next times a second, in a named zone with DST: `nextTime` of escapement/cron beside croner, in one process.
// Rounds alternate so that both meet the same machine; each figure is the median of its rounds. Both start from the same
// instants, scattered over ten years, and their answers are compared before anything is timed.
//
//   node bench/cron-next.ts [--zone America/New_York] [--rounds 9] [--ms 60] [--json]
import { parseArgs } from "node:util";
import { Cron as Croner } from "croner";
import { nextTime, parseCron } from "../src/cron/index.ts";

const patterns: readonly (readonly [title: string, expression: string])[] = [
  ["every minute", "* * * * *"],
  ["every 5 minutes", "*/5 * * * *"],
  ["every hour, on the hour", "0 * * * *"],
  ["weekdays at 9", "0 9 * * 1-5"],
  ["last day of the month", "0 0 L * *"],
  ["29 February", "0 12 29 2 *"],
  ["each second of an hour", "* * 12 * * *"],
  ["lists", "0,15,30,45 8,12,18 1,15 * *"],
  ["weekday nearest the 15th", "0 9 15W * *"],
  ["second Tuesday", "0 9 * * 2#2"],
  ["last Friday", "0 17 * * 5#L"],
];

const { values: options } = parseArgs({
  options: {
    zone: { type: "string", default: "America/New_York" },
    rounds: { type: "string", default: "9" },
    ms: { type: "string", default: "60" },
    json: { type: "boolean", default: false },
  },
});
const timezone = options.zone;
const rounds = Number(options.rounds);
const roundMs = Number(options.ms);

interface Row {
  readonly title: string;
  readonly expression: string;
  readonly ours: number;
  readonly croner: number;
}

const starts = scatter(1_000, Date.UTC(2020, 0, 1), Date.UTC(2030, 0, 1));
const rows = patterns.map(([title, expression]) => measure(title, expression));
report(rows);

function measure(title: string, expression: string): Row {
  const cron = parseCron(expression);
  const croner = new Croner(expression, { timezone, paused: true });
  const ours = (start: Date): Date | null => nextTime(cron, start, { timezone });
  const theirs = (start: Date): Date | null => croner.nextRun(start);
  compare(expression, ours, theirs);
  const oursRates: number[] = [];
  const theirRates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    oursRates.push(ratePerSecond(ours));
    theirRates.push(ratePerSecond(theirs));
  }
  return { title, expression, ours: median(oursRates), croner: median(theirRates) };
}

/** A fast wrong answer is worth nothing. */
function compare(
  expression: string,
  ours: (start: Date) => Date | null,
  theirs: (start: Date) => Date | null,
): void {
  for (const start of starts) {
    const [mine, other] = [ours(start)?.toISOString(), theirs(start)?.toISOString()];
    if (mine !== other) {
      throw new Error(
        `"${expression}" after ${start.toISOString()}: ${mine ?? "none"} here, ${other ?? "none"} in croner`,
      );
    }
  }
}

function ratePerSecond(next: (start: Date) => Date | null): number {
  const began = performance.now();
  let calls = 0;
  let sum = 0;
  do {
    // Few enough that a slow library is not held for long beyond its time.
    for (let index = 0; index < 200; index++) {
      sum += next(starts[(calls + index) % starts.length] ?? new Date(0))?.getTime() ?? 0;
    }
    calls += 200;
  } while (performance.now() - began < roundMs);
  if (!Number.isFinite(sum)) throw new Error("A time was not a number.");
  return (calls / (performance.now() - began)) * 1_000;
}

/** The same instants in every run, whole seconds, in no order. */
function scatter(count: number, from: number, until: number): Date[] {
  let state = 0x2545f491;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return new Date(from + Math.floor(((state / 2 ** 32) * (until - from)) / 1_000) * 1_000);
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** What one gets who asks each pattern equally often. */
function together(rates: readonly number[]): number {
  return rates.length / rates.reduce((sum, rate) => sum + 1 / rate, 0);
}

function report(rows: readonly Row[]): void {
  const total = {
    title: "all eleven, equally often",
    expression: "",
    ours: together(rows.map((row) => row.ours)),
    croner: together(rows.map((row) => row.croner)),
  };
  if (options.json) {
    console.log(JSON.stringify({ timezone, node: process.version, rounds, rows, total }));
    return;
  }
  console.log(
    `next times per second in ${timezone}, node ${process.version}, median of ${rounds} rounds of ${roundMs} ms`,
  );
  console.log(
    `${"pattern".padEnd(28)}${"expression".padEnd(30)}${"escapement".padStart(12)}${"croner".padStart(10)}${"ratio".padStart(8)}`,
  );
  for (const row of [...rows, total]) {
    const figures = [row.ours, row.croner].map((rate) => Math.round(rate).toLocaleString("en-US"));
    console.log(
      `${row.title.padEnd(28)}${row.expression.padEnd(30)}${figures[0]?.padStart(12)}${figures[1]?.padStart(10)}${`${(row.ours / row.croner).toFixed(0)}×`.padStart(8)}`,
    );
  }
}
