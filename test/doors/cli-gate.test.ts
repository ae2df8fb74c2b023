import { expect, test } from "vitest";
import { cliWorld } from "./cli-world.ts";

test("[GAT-32] a scope is held, looked at, released from and let go", async () => {
  await using world = await cliWorld();
  const { cli, runtime } = world;
  expect(await cli("gate", "next")).toMatchObject({ code: 4, out: "" });
  const held = await cli("gate", "set", "all", "stepper", "--reason", "look");
  expect(held).toMatchObject({ code: 0, err: "" });
  expect(held.out).toMatch(/^HELD BY A GATE +REASON +BY +SINCE\nall +look +user:local/);
  expect((await cli("gate", "pending")).out).toBe("Nothing in all waits to start.\n");

  const { id } = await runtime.runs.enqueue("say:hello", 1);
  await runtime.runs.enqueue("say:hello", 2);
  const pending = await cli("gate", "pending");
  expect(pending.out).toMatch(new RegExp(`^next +run ${id}\naction +say:hello\n`));
  const { head } = (await cli("gate", "pending", "all", "--json")).json;
  expect(await cli("gate", "next", "--expect-head", String(head))).toMatchObject({
    code: 0,
    out: `Released run ${id} (say:hello).\n`,
  });
  const late = await cli("gate", "next", "--expect-head", String(head));
  expect(late).toMatchObject({ code: 4, out: "" });
  expect(late.err).toContain("moved meanwhile");
  const blocked = await cli("gate", "next", "task:none", "--json");
  expect(blocked).toMatchObject({ code: 4, json: { status: "blocked", reason: "nothing_pending" } });
  const once = await cli("gate", "next", "--key", "a", "--json");
  const again = await cli("gate", "next", "--key", "a", "--json");
  expect([once.code, once.json.status]).toEqual([0, "released"]);
  expect(again.json).toEqual(once.json);

  expect((await cli("gate", "set", "all", "realtime")).out).toBe("No gate is shut.\n");
  expect((await cli("gate", "set", "all", "realtime")).out).toMatch(/^all was not held/);
  expect(await cli("gate", "set", "all", "slow")).toMatchObject({ code: 2 });
});

test("[GAT-33] the status of the controls shows the gates", async () => {
  await using world = await cliWorld();
  expect((await world.cli("control", "status")).out).toMatch(/No gate is shut\.\n$/);
  await world.cli("gate", "set", "task:report", "stepper");
  expect((await world.cli("control", "status")).out).toMatch(/HELD BY A GATE.*\ntask:report /s);
});
