// What is done beside a server, on the data itself: backup and doctor.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { createRuntime, type Runtime } from "../../src/index.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import { postgresServer } from "../support/postgres-server.ts";
import { runCommand } from "./cli-world.ts";

interface World extends AsyncDisposable {
  readonly file: (name: string) => string;
  readonly runtime: Runtime;
}

/** A file on which a runtime is at work. */
async function setup(): Promise<World> {
  const place = mkdtempSync(join(tmpdir(), "escapement-upkeep-"));
  const runtime = await createRuntime({ storage: sqlite(join(place, "app.db")) });
  runtime.action("say:hello", { run: () => "hello" });
  await runtime.start();
  const { id } = await runtime.runs.enqueue("say:hello", 1);
  await runtime.runs.wait(id);
  return {
    file: (name) => join(place, name),
    runtime,
    async [Symbol.asyncDispose]() {
      await runtime.stop();
      rmSync(place, { recursive: true, force: true });
    },
  };
}

test("[CLI-30] a backup is written beside a server that is at work, and never over a file", async () => {
  await using world = await setup();
  const copy = world.file("backups/copy.db");
  const storage = ["--storage", `sqlite:${world.file("app.db")}`];
  const made = await runCommand(["backup", copy, ...storage]);
  expect(made).toMatchObject({ code: 0, out: expect.stringContaining(copy) });
  expect(await runCommand(["backup", copy, ...storage])).toMatchObject({ code: 5, out: "" });
  await using restored = await createRuntime({ storage: sqlite(copy) });
  expect(await restored.runs.counts()).toMatchObject({ succeeded: 1 });
  expect((await restored.journal.read({ kind: "run.succeeded" })).length).toBe(1);
});

test("[CLI-31] doctor finds everything well beside a server that is at work, and after it", async () => {
  await using world = await setup();
  const storage = `sqlite:${world.file("app.db")}`;
  const looked = await runCommand(["doctor", "--storage", storage]);
  expect(looked).toMatchObject({ code: 0, err: "" });
  expect(looked.out).toMatch(/integrity +well/);
  await world.runtime.stop();
  const { code, json } = await runCommand(["doctor", "--storage", storage, "--json"]);
  expect([code, json.ok]).toEqual([0, true]);
  expect(json.findings.map((finding: { what: string }) => finding.what)).toEqual(
    expect.arrayContaining(["integrity", "schema", "counts", "lanes", "leases", "queue", "tasks"]),
  );
});

test("[CLI-31] doctor ends with an error, and says what to do, when something is not well", async () => {
  await using world = await setup();
  await world.runtime.stop();
  using database = new DatabaseSync(world.file("app.db"));
  database.exec("UPDATE tally SET value = value + 1 WHERE name = 'succeeded'");
  const storage = `sqlite:${world.file("app.db")}`;
  const text = await runCommand(["doctor", "--storage", storage]);
  expect(text.code).toBe(1);
  expect(text.out).toMatch(/counts +NOT WELL +succeeded is counted as 2, but 1 are there/);
  expect(text.err).toMatch(/counts.*report/);
  const { code, json } = await runCommand(["doctor", "--storage", storage, "--json"]);
  expect([code, json.ok]).toEqual([1, false]);
  database.exec("DELETE FROM migration WHERE id > 1");
  const older = await runCommand(["doctor", "--storage", storage, "--json"]);
  expect(older.json.findings.at(-1)).toMatchObject({ what: "schema", ok: false });
});

test("[CLI-31] what is no database is said in one sentence", async () => {
  await using world = await setup();
  const missing = await runCommand(["doctor", "--storage", `sqlite:${world.file("nothing.db")}`]);
  expect(missing).toMatchObject({ code: 5, err: expect.stringContaining("nothing.db") });
  writeFileSync(world.file("text.db"), "no database at all, but long enough to be looked at".repeat(20));
  const other = await runCommand(["doctor", "--storage", `sqlite:${world.file("text.db")}`]);
  expect(other).toMatchObject({ code: 1, err: expect.stringContaining("no intact SQLite database") });
});

test("[CLI-31] doctor looks a PostgreSQL schema over without making one", { timeout: 60_000 }, async () => {
  await using server = await postgresServer();
  const looked = await runCommand(["doctor", "--storage", server.url, "--json"]);
  expect([looked.code, looked.json.findings]).toMatchObject([1, [{ what: "schema", ok: false }]]);
  const { postgres } = await import("../../src/postgres/index.ts");
  {
    await using runtime = await createRuntime({ storage: postgres(server.url) });
    await runtime.start();
    await runtime.runs.counts();
  }
  expect(await runCommand(["doctor", "--storage", server.url])).toMatchObject({ code: 0 });
});
