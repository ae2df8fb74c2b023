import { describe, expect, test } from "vitest";
import { z } from "zod";
import { serve } from "../../src/http/serve.ts";
import { testRuntime, type TestRuntime } from "../../src/testing/test-runtime.ts";
import { sqliteFile } from "../support/sqlite-file.ts";
import { cliWorld, runCommand, type CliWorld } from "./cli-world.ts";

async function setup(): Promise<CliWorld> {
  const world = await cliWorld();
  defineCounter(world.runtime);
  return world;
}

function defineCounter(runtime: TestRuntime): void {
  runtime.process("counter", {
    state: z.object({ count: z.number() }),
    initial: () => ({ count: 0 }),
    onError: "park",
    messages: {
      add: {
        input: z.object({ by: z.number() }),
        handle({ count }, { by }) {
          if (by < 0) throw new Error("only upwards");
          return { state: { count: count + by }, output: by };
        },
      },
    },
  });
}

async function add(world: CliWorld, ...amounts: readonly number[]): Promise<void> {
  for (const by of amounts) {
    const sent = await world.cli("processes", "send", "counter/room-1", "add", JSON.stringify({ by }));
    expect(sent).toMatchObject({ code: 0, err: "" });
  }
  await world.runtime.clock.settle();
}

describe("processes", () => {
  test("[CLI-60] a process is sent to, listed and shown, at any slot", async () => {
    await using world = await setup();
    const { cli } = world;
    expect((await cli("processes", "list")).out).toBe("There are no processes.\n");
    const sent = await cli("processes", "send", "counter/room-1", "add", '{"by":2}', "--key", "a");
    expect(sent.out).toBe("counter/room-1 has it in slot 0: escapement processes history counter/room-1\n");
    const again = await cli("processes", "send", "counter/room-1", "add", '{"by":2}', "--key", "a", "--json");
    expect(again.json).toMatchObject({ slot: 0, process: "counter/room-1" });
    await add(world, 3);
    expect((await cli("processes", "list")).out).toMatch(
      /^PROCESS +SLOTS +WAITING.*\ncounter\/room-1 +2 +0 +1/,
    );
    const shown = await cli("processes", "show", "counter/room-1");
    expect(shown.out).toMatch(/slots +2, 2 of them handled/);
    expect(shown.out).toMatch(/state at 1 +\{"count":5\}/);
    const before = await cli("processes", "show", "counter/room-1", "--at", "0", "--json");
    expect(before.json).toMatchObject({ process: { slots: 2 }, state: { state: { count: 2 }, slot: 0 } });
  });

  test("[CLI-60] its history shows what each message changed and resulted in", async () => {
    await using world = await setup();
    await add(world, 2, 3, 4);
    const { out } = await world.cli("processes", "history", "counter/room-1", "-n", "2");
    expect(out).toMatch(/ 0 .*add +\{"by":2\} +replace all +2\n/);
    expect(out).toMatch(/ 1 .*add +\{"by":3\} +replace \/count +3\n/);
    expect(out).toContain("There are more: --from 2");
    const rest = await world.cli("processes", "history", "counter/room-1", "--from", "2", "--json");
    expect(rest.json.items).toMatchObject([{ assignment: { slot: 2 }, output: 4 }]);
  });

  test("[CLI-60] it is forked, verified and replayed", async () => {
    await using world = await setup();
    await add(world, 2, 3);
    const { cli } = world;
    const fork = await cli("processes", "fork", "counter/room-1", "--at", "0", "--as", "room-2");
    expect(fork.out).toMatch(/forked +from counter\/room-1 at slot 0/);
    expect((await cli("processes", "verify", "counter/room-2")).out).toBe(
      "counter/room-2 is sound: 1 slot.\n",
    );
    expect((await cli("processes", "replay", "counter/room-1")).out).toBe(
      "No difference: 2 slots, each as it was recorded.\n",
    );
    expect((await cli("processes", "fork", "counter/room-1", "--at", "0")).code).toBe(2);
  });

  test("[CLI-60] one that is parked says so and is resumed", async () => {
    await using world = await setup();
    await add(world, 2, -1, 3);
    const { cli } = world;
    await world.runtime.processes.send("counter/room-2", "add", { by: -1 });
    await world.runtime.clock.settle();
    expect((await cli("processes", "show", "counter/room-2")).out).toMatch(
      /state before slot 0 +\{"count":0\}/,
    );
    expect((await cli("processes", "list")).out).toContain("parked at slot 1: only upwards");
    expect((await cli("processes", "show", "counter/room-1")).out).toMatch(/parked +at slot 1: only upwards/);
    expect((await cli("processes", "resume", "counter/room-1", "--skip")).code).toBe(0);
    await world.runtime.clock.settle();
    expect((await cli("processes", "show", "counter/room-1")).out).toMatch(/state at 2 +\{"count":5\}/);
    expect((await cli("processes", "history", "counter/room-1")).out).toContain("Error: only upwards");
  });

  test.each([
    [["processes", "show", "counter"], "NAME/ID"],
    [["processes", "send", "counter/", "add"], "the id is empty"],
    [["processes", "send", "counter/a", "add", "{by:2}"], "INPUT"],
    [["processes", "show", "counter/a", "--at", "-1"], "--at"],
  ])("[CLI-61] %j is wrong input", async (args, told) => {
    await using world = await setup();
    const ended = await world.cli(...args);
    expect(ended).toMatchObject({ code: 2, out: "" });
    expect(ended.err).toContain(told);
  });

  test("[CLI-61] a process that is not there is missing", async () => {
    await using world = await setup();
    expect(await world.cli("processes", "show", "counter/a")).toMatchObject({ code: 3, out: "" });
    expect(await world.cli("processes", "send", "nobody/a", "add")).toMatchObject({ code: 3, out: "" });
  });

  test("[CLI-62] a message that was altered in the database is found, and the command ends with 1", async () => {
    const { storage, execute = () => undefined, dispose } = sqliteFile();
    try {
      await using runtime = await testRuntime({ storage });
      defineCounter(runtime);
      const server = await serve(runtime, { port: 0 });
      const verify = (...more: readonly string[]) =>
        runCommand(["processes", "verify", "counter/a", "--url", server.address, ...more]);
      for (const by of [1, 2, 3]) await runtime.processes.send("counter/a", "add", { by });
      await runtime.clock.settle();
      expect(await verify()).toMatchObject({ code: 0, out: "counter/a is sound: 3 slots.\n" });
      await execute(`UPDATE fold SET messages = replace(messages, 'by\\":2', 'by\\":9')`);
      const bad = await verify();
      expect(bad).toMatchObject({ code: 1, out: "" });
      expect(bad.err).toMatch(/Slot 1 of counter\/a .*sound before it: 1 slot/);
      expect((await verify("--json")).json).toMatchObject({ ok: false, slots: 1, firstBad: 1 });
      await server.close();
    } finally {
      await dispose?.();
    }
  });
});
