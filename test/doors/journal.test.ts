import { describe, expect, test } from "vitest";
import { cliWorld } from "./cli-world.ts";
import { httpWorld } from "./http-world.ts";

async function text(lines: AsyncIterable<string>): Promise<string> {
  let whole = "";
  for await (const line of lines) whole += line;
  return whole;
}

describe("the journal over HTTP", () => {
  test("[HTP-40] an export is what the library exports, byte for byte", async () => {
    await using world = await httpWorld();
    const { journal, control } = world.runtime;
    await control.kill({ scope: "task:a", reason: "drill ä", actor: "user:ann" });
    for (let count = 0; count < 1_500; count++) void journal.note("counted", { count });
    await world.runtime.clock.settle();
    const whole = await world.call("GET", "/journal/export");
    expect(whole.headers.get("content-type")).toBe("application/jsonl; charset=utf-8");
    expect(whole.text).toBe(await text(journal.export({ format: "jsonl" })));
    expect(whole.text.length).toBeGreaterThan(100_000);
    const part = await world.call("GET", "/journal/export?format=text&from=2&to=9&audited=true");
    expect(part.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(part.text).toBe(await text(journal.export({ format: "text", from: 2, to: 9, audited: true })));
    expect(part.text.split("\n")).toHaveLength(3);
  });

  test("[HTP-40] what cannot be exported is refused before anything is sent", async () => {
    await using world = await httpWorld();
    for (const query of ["format=xml", "from=x", "limit=3"]) {
      const refused = await world.call("GET", `/journal/export?${query}`);
      expect(refused).toMatchObject({ status: 400, json: { code: "journal.invalid" } });
    }
  });

  test("[HTP-41] verifying tells what was looked at, and where the first fault is", async () => {
    await using world = await httpWorld();
    const { runtime } = world;
    for (const scope of ["task:a", "task:b"])
      await runtime.control.kill({ scope, reason: "drill", actor: "user:ann" });
    const seq = (await runtime.journal.read({ audited: true }))[1]?.seq ?? 0;
    expect((await world.call("GET", "/journal/verify")).json).toMatchObject({ ok: true, from: 1 });
    await runtime.transaction((tx) => tx.sql("UPDATE journal SET label = 'x' WHERE seq = ?", [seq]));
    const bad = await world.call("GET", "/journal/verify");
    expect(bad).toMatchObject({ status: 200, json: { ok: false, firstBad: seq, why: "altered" } });
    expect((await world.call("GET", `/journal/verify?to=${seq - 1}`)).json).toMatchObject({ ok: true });
  });

  test("[HTP-41] subscriptions are listed", async () => {
    await using world = await httpWorld();
    await world.runtime.journal.subscribe("mailer", () => undefined, { after: 0, kind: "never" });
    const { json } = await world.call("GET", "/journal/subscriptions");
    expect(json.items).toMatchObject([{ name: "mailer", holder: "test/1", failures: 0 }]);
  });

  test("[HTP-41] audited events are read alone", async () => {
    await using world = await httpWorld();
    await world.runtime.control.kill({ scope: "task:a", reason: "drill", actor: "user:ann" });
    const { json } = await world.call("GET", "/journal?audited=true");
    expect(json.items).toMatchObject([{ kind: "switch.killed", from: "clients", to: "control" }]);
    expect(json.items[0].chain).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("the journal on the command line", () => {
  test("[CLI-40] an export is what the library exports, byte for byte", async () => {
    await using world = await cliWorld();
    const { journal } = world.runtime;
    await journal.note("counted", { text: "ä\u2028\u0085" });
    for (let count = 0; count < 1_500; count++) void journal.note("counted", { count });
    await world.runtime.clock.settle();
    expect(await world.cli("journal", "export")).toMatchObject({
      code: 0,
      out: await text(journal.export({ format: "jsonl" })),
    });
    const part = await world.cli("journal", "export", "--format", "text", "--from", "3", "--to", "5");
    expect(part.out).toBe(await text(journal.export({ format: "text", from: 3, to: 5 })));
    expect(await world.cli("journal", "export", "--format", "xml")).toMatchObject({ code: 2, out: "" });
  });

  test("[CLI-41] verifying ends with 1 when something is wrong, and says what", async () => {
    await using world = await cliWorld();
    const { runtime } = world;
    await runtime.control.kill({ scope: "task:a", reason: "drill", actor: "user:ann" });
    const well = await world.cli("journal", "verify");
    expect(well.code).toBe(0);
    expect(well.out).toMatch(
      /^looked at {2}\d+ events, 1 to \d+\nfound {6}as they were written\nchain {6}[0-9a-f]{64}\n$/,
    );
    const [{ seq } = { seq: 0 }] = await runtime.journal.read({ audited: true });
    await runtime.transaction((tx) => tx.sql("DELETE FROM journal WHERE seq = ?", [seq]));
    const bad = await world.cli("journal", "verify", "--json");
    expect(bad.code).toBe(1);
    expect(bad.json).toMatchObject({ ok: false, firstBad: seq, why: "missing" });
    expect(bad.err).toMatch(new RegExp(`^Event ${seq} of the journal is missing: `));
  });
});
