import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { readProbe } from "../../src/cli/start/probe.ts";
import { runView } from "../../src/contract/run.ts";
import { taskPage, taskView, type Task } from "../../src/contract/task.ts";
import { folder, type Line, type ServerProcess } from "./server-process.ts";

async function api(
  server: ServerProcess,
  method: string,
  path: string,
  params?: object,
  headers: Record<string, string> = {},
): Promise<Response> {
  const { address } = await server.started();
  const body = params === undefined ? undefined : JSON.stringify({ params });
  return fetch(`${address}/api/v1${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body }),
  });
}

function show(secret: string): Record<string, string> {
  return { authorization: `Bearer ${secret}` };
}

async function taskOf(server: ServerProcess, id: string): Promise<Task> {
  return taskView.parse(await (await api(server, "GET", `/tasks/${id}`)).json());
}

async function taskIds(server: ServerProcess): Promise<readonly string[]> {
  const page = taskPage.parse(await (await api(server, "GET", "/tasks")).json());
  return page.items.map(({ id }) => id);
}

const isRun =
  (taskId: string) =>
  (line: Line): boolean =>
    line.event === "run" && line.taskId === taskId;

/** Works every 200 ms for as long as its params say. */
const busyModule = `
export default async (runtime) => {
  runtime.action("busy:work", { run: ({ ms = 50 }) => new Promise((resolve) => setTimeout(resolve, ms, { ok: true })) });
  await runtime.tasks.register({ id: "busy", type: "interval", schedule: "200ms", action: "busy:work" });
};`;

describe("start", () => {
  test("[CLI-15] the default tasks are registered once, and changes to them survive a restart", async () => {
    await using place = await folder();
    const first = place.start([], { TZ: "Europe/Paris" });
    expect(await taskIds(first)).toEqual(["host-sample", "nightly-retention"]);
    expect(await taskOf(first, "host-sample")).toMatchObject({ schedule: "5s", action: "host:sample" });
    expect(await taskOf(first, "nightly-retention")).toMatchObject({
      schedule: "0 3 * * *",
      timezone: "Europe/Paris",
      action: "retention:apply",
    });
    await api(first, "POST", "/tasks/host-sample/stop");
    await api(first, "DELETE", "/tasks/nightly-retention");
    first.kill("SIGINT");
    expect((await first.end()).code).toBe(0);

    const second = place.start();
    expect(await taskIds(second)).toEqual(["host-sample"]);
    expect((await taskOf(second, "host-sample")).enabled).toBe(false);
  });

  test("[CLI-16] a probe looks at a private address that was named, under the same id every time", async () => {
    await using place = await folder();
    const target = createServer((_, response) => response.end("fine"));
    await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${Object(target.address()).port}/health?x=1`;
    const { id } = readProbe(url);
    const server = place.start(["--probe", url]);
    await server.started();
    expect(await taskOf(server, id)).toMatchObject({ schedule: "15s", params: { url } });
    await api(server, "POST", `/tasks/${id}/trigger`);
    const run = await server.line(isRun(id));
    expect(run).toMatchObject({ state: "succeeded", result: { status: 200, bodyBytes: 4 } });
    target.close();
  });

  test("[CLI-16] the id of a probe depends on its URL and on nothing else", () => {
    const id = (url: string): string => readProbe(url).id;
    expect(id("https://example.com/health")).toBe(id("https://EXAMPLE.com:443/health#part"));
    expect(id("https://example.com/health")).toMatch(/^probe-example\.com-health-\w+$/);
    const others = [
      "https://example.com/health?",
      "http://example.com/health",
      "https://example.com/health/",
    ];
    const ids = ["https://example.com/health?a=1", "https://example.com/health", ...others.slice(1)].map(id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(id(`https://example.com/${"x".repeat(500)}`).length).toBeLessThan(100);
  });

  test("[CLI-17] [CLI-18] JSON lines tell what happens, and the first signal lets work finish", async () => {
    await using place = await folder();
    const server = place.start([await place.file("busy.ts", busyModule)]);
    const started = await server.started();
    expect(started).toMatchObject({
      address: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      storage: "sqlite:./data/escapement.db",
      tasks: 3,
    });
    expect(await server.line(isRun("busy"))).toMatchObject({
      action: "busy:work",
      state: "succeeded",
      attempt: 1,
      result: { ok: true },
    });
    await api(server, "POST", "/tasks/busy/stop");
    const { id } = runView.parse(
      await (await api(server, "POST", "/tasks/busy/trigger", { ms: 1_500 })).json(),
    );
    await expect
      .poll(async () => runView.parse(await (await api(server, "GET", `/runs/${id}`)).json()).state)
      .toBe("running");
    server.kill("SIGTERM");
    await server.line(({ event }) => event === "stopping");
    server.kill("SIGTERM"); // npm passes a signal on to a program that has had it already
    const { code, err, lines } = await server.end();
    expect([code, err]).toEqual([0, ""]);
    const stopping = lines.findIndex(({ event }) => event === "stopping");
    expect(lines[stopping]).toMatchObject({ signal: "SIGTERM" });
    expect(lines[stopping].activeRuns).toBeGreaterThanOrEqual(1);
    const after = lines.slice(stopping + 1);
    expect(after.find((line) => line.id === id)).toMatchObject({ event: "run", state: "succeeded" });
    expect(lines.at(-1)).toMatchObject({ event: "stopped" });
    for (const { at } of lines) expect(new Date(at).toISOString()).toBe(at);
  });

  test("[CLI-17] skips, failures and changes of control have lines of their own", async () => {
    await using place = await folder();
    const module = `
export default async (runtime) => {
  runtime.action("long:work", { run: (_, ctx) => new Promise((resolve) => setTimeout(resolve, 700)) });
  runtime.action("bad:work", { retry: { attempts: 1 }, run() { throw new TypeError("out of paper"); } });
  await runtime.tasks.register({ id: "long", type: "interval", schedule: "200ms", action: "long:work" });
  await runtime.tasks.register({ id: "bad", type: "interval", schedule: "300ms", action: "bad:work" });
};`;
    const server = place.start([await place.file("mixed.ts", module)]);
    expect(await server.line(({ event }) => event === "skip")).toMatchObject({
      taskId: "long",
      reason: "overlap",
      from: expect.any(String),
      count: expect.any(Number),
    });
    const failed = await server.line(isRun("bad"));
    expect(failed).toMatchObject({ state: "failed", error: { name: "TypeError", message: "out of paper" } });
    expect(failed.error).not.toHaveProperty("stack");
    const { address } = await server.started();
    await fetch(`${address}/api/v1/control/kill`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"reason":"fire"}',
    });
    const control = await server.line(({ event }) => event === "control");
    expect(control).toMatchObject({ kind: "switch.killed", actor: "user:local" });
  });

  test("[CLI-19] a second signal ends at once, and what was running is taken up at the next start", async () => {
    await using place = await folder();
    const module = await place.file(
      "slow.ts",
      `export default async (runtime) => {
  runtime.action("slow:work", { run: () => new Promise((resolve) => setTimeout(resolve, process.env.SLOW, "done")) });
  if ((await runtime.tasks.get("slow")) === undefined) {
    await runtime.tasks.register({ id: "slow", type: "once", schedule: new Date(), action: "slow:work" });
  }
};`,
    );
    const first = place.start([module], { SLOW: "60000" });
    await first.started();
    await pause(300);
    first.kill("SIGINT");
    await pause(1_300);
    first.kill("SIGINT");
    const { code, err } = await first.end();
    expect([code, err]).toEqual([1, expect.stringContaining("Stopped at once")]);
    const second = place.start([module], { SLOW: "1" });
    expect(await second.line(isRun("slow"))).toMatchObject({ state: "succeeded", result: "done" });
  }, 60_000);

  test("[CLI-20] a restart goes on with counters and cursor, and the ledger has no hole", async () => {
    await using place = await folder();
    const module = await place.file("busy.ts", busyModule);
    const first = place.start([module]);
    await first.line((line) => isRun("busy")(line) && first.lines.filter(isRun("busy")).length >= 3);
    const before = await taskOf(first, "busy");
    first.kill("SIGINT");
    await first.end();
    await pause(500);
    const second = place.start([module]);
    await second.line(isRun("busy"));
    const after = await taskOf(second, "busy");
    expect(after.runCount).toBeGreaterThan(before.runCount);
    expect(after.version).toBe(before.version);

    const answer = await api(second, "GET", "/tasks/busy/occurrences?limit=1000");
    const { items } = Object(await answer.json());
    const times = items.map(({ at }: { at: string }) => Date.parse(at));
    expect(times).toEqual(times.map((_: number, index: number) => times[0] + index * 200));
    expect(items.some(({ outcome }: { outcome: string }) => outcome === "skipped")).toBe(true);
  });

  test("[CLI-21] a second server on the same file, and a port that is taken", async () => {
    await using place = await folder();
    const first = place.start();
    const { address } = await first.started();
    const same = await place.start().end();
    expect(same).toMatchObject({ code: 5, lines: [] });
    expect(same.err).toMatch(/^Another Escapement is running on ".*escapement\.db": .*\n$/);
    const { port } = new URL(address);
    const taken = await place.start(["--storage", "sqlite:other.db", "--port", port]).end();
    expect(taken).toMatchObject({ code: 5, lines: [] });
    expect(taken.err).toMatch(new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is taken .*\n$`));
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
  });

  test("[CLI-21] a place that cannot be written, and a database of a newer schema", async () => {
    await using place = await folder();
    await place.file("plain", "");
    const unwritable = await place.start(["--storage", "sqlite:plain/app.db"]).end();
    expect(unwritable).toMatchObject({ code: 5, lines: [] });
    // A place where Node's own recursive mkdir never comes back.
    const nowhere = await place.start(["--storage", "sqlite:/proc/nowhere/app.db"]).end();
    expect(nowhere).toMatchObject({ code: 5, lines: [] });
    expect(unwritable.err).toMatch(/^The directory of ".*plain\/app\.db" cannot be made .*--storage.*\n$/);

    const db = new DatabaseSync(`${place.path}/newer.db`);
    db.exec("CREATE TABLE migration (id INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)");
    db.exec("INSERT INTO migration VALUES (999, 'x', 'y')");
    db.close();
    const newer = await place.start(["--storage", "sqlite:newer.db"]).end();
    expect(newer).toMatchObject({ code: 1, lines: [] });
    expect(newer.err).toMatch(/^The database has schema 999, .*\n$/);
  });

  test("[CLI-22] a module that cannot be used says its name and, where it can, its line", async () => {
    await using place = await folder();
    const modules: readonly (readonly [string, RegExp])[] = [
      ["export const x = 1;", /m\.ts: it has no default export/],
      ["export default () => {\n  null.x;\n};", /m\.ts: TypeError: .*\(line 2\)/],
      ["this is no code", /m\.ts: SyntaxError/],
      ['export default (runtime) => { runtime.action("nonsense", {}); };', /Cannot define action "nonsense"/],
    ];
    for (const [text, message] of modules) {
      const ended = await place.start([await place.file("m.ts", text), "--storage", "sqlite::memory:"]).end();
      expect(ended).toMatchObject({ code: 2, lines: [] });
      expect(ended.err).toMatch(message);
      expect(ended.err).not.toMatch(/\n +at /);
    }
    const directory = await place.start([".", "--storage", "sqlite::memory:"]).end();
    expect(directory).toMatchObject({ code: 2, err: expect.stringContaining("it is a directory") });
    const missing = await place.start(["nowhere.ts", "--storage", "sqlite::memory:"]).end();
    expect(missing).toMatchObject({
      code: 2,
      err: expect.stringContaining("nowhere.ts: there is no such file"),
    });
  }, 60_000);

  test("[CLI-22] an error that a module throws later ends the server with a sentence", async () => {
    await using place = await folder();
    const module = await place.file(
      "late.ts",
      'export default () => { setTimeout(() => { throw new Error("too late"); }, 50); };',
    );
    const ended = await place.start([module, "--storage", "sqlite::memory:"]).end();
    expect(ended).toMatchObject({ code: 1, err: expect.stringContaining("too late") });
    expect(ended.err).not.toMatch(/\n +at /);
  });

  test("[CLI-18] a module that never comes to its end can be stopped as well", async () => {
    await using place = await folder();
    const module = await place.file(
      "endless.ts",
      `export default () => {
        console.log('{"event":"module"}');
        return new Promise(() => {});
      };`,
    );
    const server = place.start([module, "--storage", "sqlite:endless.db"]);
    await server.line(({ event }) => event === "module");
    server.kill("SIGINT");
    const { code, err, lines } = await server.end();
    expect([code, err]).toEqual([0, ""]);
    expect(lines.at(-1)).toMatchObject({ event: "stopped", runs: 0 });
  });

  test("[CLI-23] beyond this machine it needs a token, and whoever has none is refused", async () => {
    await using place = await folder();
    const memory = ["--storage", "sqlite::memory:"];
    const open = await place.start([...memory, "--host", "0.0.0.0"]).end();
    expect(open).toMatchObject({ code: 2, err: expect.stringContaining("without a token"), lines: [] });
    const args = [...memory, "--host", "0.0.0.0", "--token", "viewer:look-only-1"];
    const guarded = place.start(args, { ESCAPEMENT_TOKEN: "boss-boss-3" });
    expect((await api(guarded, "GET", "/tasks")).status).toBe(401);
    expect((await api(guarded, "GET", "/tasks", undefined, show("look-only-1"))).status).toBe(200);
    expect((await api(guarded, "DELETE", "/tasks/host-sample", undefined, show("look-only-1"))).status).toBe(
      403,
    );
    expect((await api(guarded, "DELETE", "/tasks/host-sample", undefined, show("boss-boss-3"))).status).toBe(
      204,
    );
  });
});
