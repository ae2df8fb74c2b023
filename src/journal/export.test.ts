import { expect, test } from "vitest";
import { testRuntime, type TestRuntime } from "../testing/test-runtime.ts";
import { durationText } from "./export.ts";
import type { ExportOptions } from "./journal.ts";

async function lines(runtime: TestRuntime, options: ExportOptions): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const line of runtime.journal.export(options)) found.push(line);
  return found;
}

async function setup(): Promise<TestRuntime> {
  const runtime = await testRuntime();
  runtime.action("mail:send", { run: () => null });
  await runtime.journal.note("deploy.finished", { text: "two\nlines\u2028three" }, { actor: "user:ann" });
  await runtime.control.kill({ scope: "task:a", reason: "dri\nll", actor: "user:ann" });
  const run = await runtime.runs.enqueue("mail:send", {}, { actor: "user:ann" });
  await runtime.runs.wait(run.id);
  return runtime;
}

test("[JRN-40] as JSON lines: what follows, then each event as it is read, with its keys in one order", async () => {
  await using runtime = await setup();
  const [head = "", ...rest] = await lines(runtime, { format: "jsonl" });
  const events = await runtime.journal.read({ after: 0 });
  expect(JSON.parse(head)).toEqual({
    type: "journal",
    schema: "escapement.journal/1",
    from: 1,
    to: events.length,
  });
  expect(rest.map((line): unknown => JSON.parse(line))).toEqual(JSON.parse(JSON.stringify(events)));
  expect(rest.every((line) => line.endsWith("}\n") && line.indexOf("\n") === line.length - 1)).toBe(true);
  const order =
    "seq id replayKey at kind category severity actor subject parent commit from to trigger call label durationMs data chain";
  for (const line of rest) {
    const keys = Object.keys(JSON.parse(line));
    expect(keys).toEqual(order.split(" ").filter((key) => keys.includes(key)));
  }
});

test("[JRN-40] a filter is said in the first line, and so is the range", async () => {
  await using runtime = await setup();
  const [head = "", ...rest] = await lines(runtime, {
    format: "jsonl",
    kind: "switch.killed",
    from: 2,
    to: 900,
  });
  expect(JSON.parse(head)).toMatchObject({ from: 2, to: 6, filter: { kind: "switch.killed" } });
  expect(rest).toHaveLength(1);
  const [text = ""] = await lines(runtime, { format: "text", kind: "switch.killed" });
  expect(text).toBe('# journal 1–6, only {"kind":"switch.killed"}\n');
});

test("[JRN-41] as text one event is one line, whatever stands in it", async () => {
  await using runtime = await setup();
  const text = await lines(runtime, { format: "text" });
  expect(text).toHaveLength(7);
  expect(text.every((line) => line.endsWith("\n") && !/[\n\u2028]/.test(line.slice(0, -1)))).toBe(true);
  const at = new Date(runtime.clock.now()).toISOString();
  expect(text[3]).toBe(
    `3  ${at}  DIR  LNK  ?  clients → control  switch.killed  switch:task:a  “dri\\u000all”  {"scope":"task:a","reason":"dri\\nll"}  by user:ann\n`,
  );
  expect(text[4]).toMatch(
    /^4 {2}\S+ {2}DIR {2}LNK {2}\? {2}clients → queue {2}run.enqueued {2}run:\S+ {2}“mail:send” {2}because of user:ann {2}by user:ann\n$/,
  );
  expect(text[6]).toMatch(/ {2}ASY {2}CODE {2}0ms {2}worker:test → history {2}run.succeeded {2}run:/);
});

test.each([
  [undefined, "?"],
  [0, "0ms"],
  [0.4, "0ms"],
  [734.9, "734ms"],
  [999.6, "999ms"],
  [1_000, "1.00s"],
  [1_259, "1.25s"],
  [1_999, "1.99s"],
  [61_000, "61.00s"],
])("[JRN-41] %s ms is told as %s: cut off, never rounded up", (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test("[JRN-40] another format is refused", async () => {
  await using runtime = await testRuntime({ start: false });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
  const asked = lines(runtime, { format: "xml" } as unknown as ExportOptions);
  await expect(asked).rejects.toMatchObject({ code: "journal.invalid" });
});

test("[JRN-40] an empty journal is one line", async () => {
  await using runtime = await testRuntime({ start: false });
  expect(await lines(runtime, { format: "text" })).toEqual(["# journal 1–0\n"]);
});
