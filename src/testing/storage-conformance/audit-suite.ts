// The audit: a chain over what changes what is allowed or planned, in the order of the numbers, with its end kept apart.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { EventRecord } from "../../storage/journal.ts";
import type { Rule } from "./conformance.ts";
import type { World } from "./world.ts";

/** By the rule as it is written, not by the code that keeps it; the data of these events is flat. */
function linkOf(before: string, event: EventRecord): string {
  const { at, kind, actor, subject, seq, commit, label, data, parent, durationMs } = event;
  const fields: Record<string, unknown> = { actor, at, data, durationMs, kind, label, parent, subject };
  const text = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `"${key}":${key === "data" ? sorted(String(value)) : JSON.stringify(value)}`)
    .join(",");
  return createHash("sha256").update(`${before}[${seq},${commit},{${text}}]`).digest("hex");
}

function sorted(data: string): string {
  const fields: Record<string, unknown> = JSON.parse(data);
  const keys = Object.keys(fields).toSorted();
  return `{${keys.map((key) => `"${key}":${JSON.stringify(fields[key])}`).join(",")}}`;
}

async function checkChain(world: World): Promise<readonly EventRecord[]> {
  const audited = (await world.events()).filter((event) => event.chain !== undefined);
  let chain = "";
  for (const event of audited) {
    chain = linkOf(chain, event);
    assert.equal(event.chain, chain, `event ${event.seq}, ${event.kind}`);
  }
  const bounds = await world.storage.journal.bounds();
  assert.deepEqual([bounds.lastAudited, bounds.chain], [audited.at(-1)?.seq ?? 0, chain]);
  return audited;
}

export function auditSuite(rule: Rule): void {
  rule("[STO-170] changes of control and of tasks are chained, and nothing else is", async (world) => {
    assert.deepEqual(await checkChain(world), []);
    await world.enqueue({}, {});
    await world.register();
    await world.kill("action:mail:send");
    await world.restore("action:mail:send");
    await world.cluster({ id: "c1", enabled: false, reason: "drill “ä” \u{1F600}" });
    await world.storage.tasks.remove({ id: "t1", actor: "user:suite", now: world.now });
    const audited = await checkChain(world);
    assert.deepEqual(
      audited.map((event) => event.kind),
      [
        "task.registered",
        "switch.killed",
        "switch.restored",
        "cluster.defined",
        "cluster.disabled",
        "task.removed",
      ],
    );
    assert.deepEqual(await world.events({ audited: true }), audited);
  });

  rule("[STO-170] the chain goes by the numbers, whoever writes at the same time", async (world) => {
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        if (index % 4 === 0) await world.enqueue({});
        else if (index % 4 === 1) await world.register({ id: `t${index}` });
        else await world.kill(`task:${index}`);
      }),
    );
    assert.equal((await checkChain(world)).length, 30);
  });

  rule("[STO-171] what is rolled back leaves no link", async (world) => {
    await world.kill("task:a");
    const failed = world.storage.transaction(
      async (inside) => {
        const killed = { scope: "task:b", reason: "drill", actor: "user:suite", at: world.now };
        await inside.control.kill(killed);
        throw new Error("never mind");
      },
      { timeoutMs: 5_000 },
    );
    await assert.rejects(failed, /never mind/);
    await world.storage.transaction(
      async (inside) => {
        const killed = { scope: "task:c", reason: "drill", actor: "user:suite", at: world.now };
        await inside.control.kill(killed);
        await inside.runs.enqueue({ runs: [world.run()], actor: "user:suite", now: world.now });
        await inside.control.restore({ scope: "task:c", actor: "user:suite", now: world.now });
      },
      { timeoutMs: 5_000 },
    );
    assert.deepEqual(
      (await checkChain(world)).map((event) => event.subject),
      ["switch:task:a", "switch:task:c", "switch:task:c"],
    );
  });

  rule("[STO-173] the chain goes on where it was when the data is opened again", async (world) => {
    await world.kill("task:a");
    await world.reopen();
    await world.kill("task:b");
    assert.equal((await checkChain(world)).length, 2);
  });

  rule("[STO-172] what was dropped leaves the chain as it stood before what is kept", async (world) => {
    const { journal } = world.storage;
    await world.kill("task:a");
    await world.kill("task:b");
    const chains = (await world.events()).map((event) => event.chain);
    await world.enqueue({});
    await world.kill("task:c");
    await journal.drop({ to: 3 });
    const { first, firstChain } = await journal.bounds();
    assert.deepEqual([first, firstChain], [4, chains[1]]);
    const [kept] = await world.events();
    assert.ok(kept);
    assert.equal(kept.chain, linkOf(firstChain, kept));
    await journal.drop({ to: 3 });
    assert.equal((await journal.bounds()).firstChain, chains[1]);
  });
}
