// The journal with an archive: what retention takes out of the database is still read, followed, exported and verified.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { JournalArchive } from "../../src/journal/archive.ts";
import type { Event } from "../../src/journal/event.ts";
import { testRuntime, type TestRuntime } from "../../src/testing/index.ts";

interface World extends AsyncDisposable {
  readonly runtime: TestRuntime;
  readonly folder: string;
}

async function setup(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "escapement-archive-"));
  const archive = join(folder, "journal");
  const runtime = await testRuntime({ start: false, archive, retention: { journal: "1h" } });
  runtime.action("mail:send", { run: () => null });
  return {
    runtime,
    folder: archive,
    async [Symbol.asyncDispose]() {
      await runtime.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Events of several kinds, among them audited ones and sets. */
async function work(runtime: TestRuntime, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await runtime.journal.note("step", { round, text: "line\none “ä”" }, { actor: "user:ann" });
    const run = { action: "mail:send", input: {} };
    await runtime.runs.enqueueMany([run, run, run]);
    await runtime.control.kill({ scope: `task:t${round}`, reason: "drill", actor: "user:ann" });
  }
}

async function all(runtime: TestRuntime): Promise<readonly Event[]> {
  const events: Event[] = [];
  for (let after = 0; ;) {
    const page = await runtime.journal.read({ after, limit: 7 });
    events.push(...page);
    const last = page.at(-1);
    if (last === undefined) return events;
    after = last.seq;
  }
}

async function exported(runtime: TestRuntime, options = {}): Promise<string> {
  let text = "";
  for await (const line of runtime.journal.export({ format: "jsonl", ...options })) text += line;
  return text;
}

/** How many of the archive's files there are, in how many of the database's rows. */
async function archiveTwice({ runtime }: World): Promise<void> {
  await runtime.clock.advance("2h");
  await work(runtime, 3);
  await runtime.retention.apply();
  await runtime.clock.advance("2h");
  await work(runtime, 1);
  await runtime.retention.apply();
}

test("[JRN-30] retention archives what it takes out, and every read goes on into the archive", async () => {
  await using world = await setup();
  const { runtime, folder } = world;
  await work(runtime, 4);
  const before = await all(runtime);
  await archiveTwice(world);
  expect(readdirSync(folder).map((name) => name.replace(/^.*?\./, ""))).toEqual([
    "json",
    "jsonl.gz",
    "json",
    "jsonl.gz",
  ]);
  const after = await all(runtime);
  expect(after.slice(0, before.length)).toEqual(before);
  expect(after.map(({ seq }) => seq)).toEqual(after.map((_, index) => index + 1));

  const back: Event[] = [];
  for (let page = await runtime.journal.read({ limit: 6 }); page.length > 0;) {
    back.push(...page);
    page = await runtime.journal.read({ before: page.at(-1)?.seq ?? 0, limit: 6 });
  }
  expect(back.toReversed()).toEqual(after);
  const kills = after.filter(({ kind }) => kind === "switch.killed");
  expect(await runtime.journal.read({ after: 0, kind: "switch.killed" })).toEqual(kills);
  expect(await runtime.journal.read({ category: "control" })).toEqual(kills.toReversed());
  expect(await runtime.journal.read({ after: 0, subject: "switch:task:t2" })).toHaveLength(2);
  expect(await runtime.journal.read({ after: 0, q: "“Ä”".toLowerCase() })).toHaveLength(8);
  expect(await runtime.journal.read({ after: 6, before: 11 })).toEqual(after.slice(6, 10));
});

test("[JRN-31] a manifest says what is in its file, and the chain at both ends", async () => {
  await using world = await setup();
  const { runtime, folder } = world;
  await work(runtime, 4);
  await archiveTwice(world);
  const manifests = readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
  const events = await all(runtime);
  let chain = "";
  let next = 1;
  for (const { first, last, count, file, bytes, chainBefore, chainAfter } of manifests) {
    expect([first, chainBefore]).toEqual([next, chain]);
    const lines = gunzipSync(readFileSync(join(folder, file)))
      .toString("utf8")
      .trimEnd()
      .split("\n");
    expect(lines).toHaveLength(count);
    expect(last - first + 1).toBe(count);
    expect(statSync(join(folder, file)).size).toBe(bytes);
    chain = events.slice(0, last).findLast((event) => event.chain !== undefined)?.chain ?? "";
    expect(chainAfter).toBe(chain);
    next = last + 1;
  }
  expect(next).toBeGreaterThan(30);
});

test("[JRN-32] the journal verifies over the archive, and a file that was changed is found", async () => {
  await using world = await setup();
  const { runtime, folder } = world;
  await work(runtime, 4);
  await archiveTwice(world);
  const head = (await runtime.journal.read({ limit: 1 }))[0]?.seq ?? 0;
  expect(await runtime.journal.verify()).toMatchObject({ ok: true, from: 1, to: head, checked: head });
  expect(await runtime.journal.verify({ from: 3 })).toMatchObject({ ok: true, checked: head - 2 });
  const [, second = ""] = readdirSync(folder).filter((name) => name.endsWith(".gz"));
  const bytes = readFileSync(join(folder, second));
  bytes[bytes.length - 9] = (bytes[bytes.length - 9] ?? 0) ^ 1;
  writeFileSync(join(folder, second), bytes);
  const first = Number(/journal-\d+-(\d+)/.exec(readdirSync(folder)[0] ?? "")?.[1]);
  await expect(runtime.journal.read({ after: first })).rejects.toMatchObject({ code: "storage.broken" });
  expect(await runtime.journal.verify()).toMatchObject({ ok: false, firstBad: first + 1, why: "altered" });
  expect(await runtime.journal.verify({ to: first })).toMatchObject({ ok: true, checked: first });
  rmSync(join(folder, second));
  expect(await runtime.journal.verify()).toMatchObject({ ok: false, firstBad: first + 1 });
  rmSync(join(folder, second.replace("jsonl.gz", "json")));
  // Without its manifest history has a hole, and history begins before it.
  const forgetful = new JournalArchive(folder);
  expect(await forgetful.end()).toBe(first);
});

test("[JRN-33] an export is the same bytes before and after its events were archived, and twice in a row", async () => {
  await using world = await setup();
  const { runtime } = world;
  await work(runtime, 4);
  const to = (await runtime.journal.read({ limit: 1 }))[0]?.seq ?? 0;
  const text = await exported(runtime, { to });
  const notes = await exported(runtime, { to, kind: "step" });
  await archiveTwice(world);
  expect(await exported(runtime, { to })).toBe(text);
  expect(await exported(runtime, { to, kind: "step" })).toBe(notes);
  expect(await exported(runtime)).toBe(await exported(runtime));
});

test("[JRN-34] a tail and a subscription that retention has overtaken go on in the archive", async () => {
  await using world = await setup();
  const { runtime } = world;
  await work(runtime, 4);
  const tail = runtime.journal.tail({ after: 0 });
  const seen: number[] = [(await tail.next()).value?.seq ?? 0];
  const subscription = await runtime.journal.subscribe("a", () => undefined, { after: 2 });
  await subscription.stop();
  await archiveTwice(world);
  const total = (await runtime.journal.read({ limit: 1 }))[0]?.seq ?? 0;
  for await (const event of tail) {
    seen.push(event.seq);
    if (event.seq === total) break;
  }
  expect(seen).toEqual(Array.from({ length: total }, (_, index) => index + 1));
  const [state] = await runtime.journal.subscriptions();
  const handled: number[] = [];
  await runtime.journal.subscribe("a", (event) => void handled.push(event.seq));
  while (handled.length < total - (state?.seq ?? 0)) await new Promise((resolve) => setImmediate(resolve));
  expect(handled[0]).toBe((state?.seq ?? 0) + 1);
  expect(handled).toEqual(handled.map((_, index) => (handled[0] ?? 0) + index));
});

test("[JRN-35] nothing is deleted that is not archived: a folder that cannot be written keeps everything", async () => {
  const folder = mkdtempSync(join(tmpdir(), "escapement-archive-"));
  writeFileSync(join(folder, "taken"), "");
  const archive = join(folder, "taken");
  await using runtime = await testRuntime({ start: false, archive, retention: { journal: "1h" } });
  await runtime.journal.note("step");
  await runtime.journal.note("step");
  await runtime.clock.advance("2h");
  const refused = expect.objectContaining({ code: "storage.unwritable" });
  await expect(runtime.retention.apply()).rejects.toEqual(refused);
  rmSync(folder, { recursive: true });
  expect((await runtime.journal.read({ after: 0 })).map(({ seq }) => seq)).toEqual([1, 2]);
});
