// Operators at several nodes of one real PostgreSQL press at the same time, while the nodes work.
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { postgresServer } from "../support/postgres-server.ts";
import { until, World } from "./world.ts";

const server = await postgresServer();
afterAll(() => server[Symbol.asyncDispose]());

async function setup(): Promise<AsyncDisposable & { readonly nodes: Runtime[]; readonly ran: number[] }> {
  const world = new World(server);
  const ran: number[] = [];
  const nodes: Runtime[] = [];
  for (const node of ["n1", "n2"]) {
    const runtime = await createRuntime({ storage: await world.node(), node });
    runtime.action("work:do", { run: (input: number) => void ran.push(input) });
    await runtime.start();
    nodes.push(runtime);
  }
  return {
    nodes,
    ran,
    async [Symbol.asyncDispose]() {
      for (const runtime of nodes) await runtime.stop({ drain: 0 });
      await world[Symbol.asyncDispose]();
    },
  };
}

test("[GAT-19] as many start as keys were pressed, whichever node is asked and however often", async () => {
  await using world = await setup();
  const [one, other] = world.nodes;
  if (one === undefined || other === undefined) throw new Error("There are two nodes.");
  await one.gate.set("all", "stepper");
  const items = Array.from({ length: 20 }, (_, input) => ({ action: "work:do", input }));
  await one.runs.enqueueMany(items);

  const keys = Array.from({ length: 12 }, (_, index) => `click-${index}`);
  const presses = keys.flatMap((key) => [one, other, one].map((node) => node.gate.next("all", { key })));
  const answers = await Promise.all(presses);
  const subjects = answers.map((answer) =>
    answer.status === "released" ? answer.event.subject : answer.reason,
  );
  expect(new Set(subjects).size).toBe(12);
  keys.forEach((_, index) => expect(new Set(subjects.slice(3 * index, 3 * index + 3)).size).toBe(1));
  await until(() => world.ran.length >= 12);
  expect(world.ran.toSorted((a, b) => a - b)).toEqual(items.slice(0, 12).map(({ input }) => input));

  const { head } = await other.gate.pending();
  const both = await Promise.all([one, other].map((node) => node.gate.next("all", { expectedHead: head })));
  expect(both.map(({ status }) => status).toSorted()).toEqual(["blocked", "released"]);
  await until(() => world.ran.length >= 13);

  await other.gate.set("all", "realtime");
  await until(() => world.ran.length >= 20);
  expect(new Set(world.ran).size).toBe(20);
  expect(world.ran).toHaveLength(20);
});

test("[GAT-22] a process under steady traffic on two nodes handles as many messages as were pressed", async () => {
  await using world = await setup();
  const [one, other] = world.nodes;
  if (one === undefined || other === undefined) throw new Error("There are two nodes.");
  const counters = world.nodes.map((node) =>
    node.process("counter", {
      state: z.number(),
      initial: () => 0,
      messages: { add: { handle: (state: number) => ({ state: state + 1 }) } },
    }),
  );
  const send = (): Promise<unknown> =>
    Promise.all(counters.map((counter) => counter.send("room", "add", null)));
  const folded = async (): Promise<number> => (await counters[0]?.state("room"))?.slot ?? -1;
  await send();
  await until(async () => (await folded()) === 1);
  await one.gate.set("process:counter/room", "stepper");
  for (let count = 0; count < 10; count++) await send();
  expect(await folded()).toBe(1);

  // Presses and messages at the same time, at both nodes.
  for (let press = 0; press < 6; press++) {
    const node = press % 2 === 0 ? one : other;
    const [answer] = await Promise.all([node.gate.next("process:counter/room"), send(), send()]);
    expect(answer.status).toBe("released");
  }
  await until(async () => (await folded()) === 7);
  await send();
  expect(await folded()).toBe(7);
  await other.gate.set("process:counter/room", "realtime");
  await until(async () => (await folded()) === 2 + 20 + 24 + 2 - 1);
});
