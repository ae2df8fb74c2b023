import { expect, test } from "vitest";
import { z } from "zod";
import { validate } from "../base/validate.ts";
import { ActionRegistry } from "./registry.ts";

const run = (): null => null;

test("[ACT-1] an action is found under its name, with what it was described with", () => {
  const registry = new ActionRegistry();
  const action = registry.define("mail:send", { run, priority: 3 });
  expect(action).toEqual({ name: "mail:send", run, priority: 3 });
  expect(registry.get("mail:send")).toBe(action);
  expect(registry.find("mail:send")).toBe(action);
  expect(registry.get("mail:sort")).toBeUndefined();
  expect(registry.names()).toEqual(["mail:send"]);
});

test("[ACT-2] a name that is taken is refused, and the action that has it stays", () => {
  const registry = new ActionRegistry();
  const first = registry.define("mail:send", { run });
  expect(() => registry.define("mail:send", { run: () => 2 })).toThrow(
    expect.objectContaining({ code: "action.conflict" }),
  );
  expect(registry.get("mail:send")).toBe(first);
});

test("[ACT-3] a name that is unknown is an error that names what there is, near ones first", () => {
  const registry = new ActionRegistry();
  for (const name of ["mail:send", "mail:sort", "page:fetch"]) registry.define(name, { run });
  expect(() => registry.find("mail:sent")).toThrow(expect.objectContaining({ code: "action.not-found" }));
  expect(() => registry.find("mail:sent")).toThrow(/"mail:sent".*mail:send, mail:sort\./);
  expect(() => registry.find("disk:check")).toThrow(/mail:send, mail:sort, page:fetch/);
  expect(() => registry.find("toString")).toThrow(expect.objectContaining({ code: "action.not-found" }));
});

test.each<readonly [string, unknown, object]>([
  ["name", "send", { run }],
  ["name", "", { run }],
  ["name", "mail: send", { run }],
  ["name", "1mail:send", { run }],
  ["name", undefined, { run }],
  ["name", 5n, { run }],
  ["run", "mail:send", {}],
  ["run", "mail:send", { run: "now" }],
  ["run", "mail:send", { run, isolate: "thread", module: new URL("file:///a.ts") }],
  ["isolate", "mail:send", { module: new URL("file:///a.ts") }],
  ["isolate", "mail:send", { isolate: "process", module: new URL("file:///a.ts") }],
  ["module", "mail:send", { isolate: "thread" }],
  ["module", "mail:send", { isolate: "thread", module: "./a.ts" }],
  ["module", "mail:send", { isolate: "thread", module: new URL("https://example.com/a.ts") }],
  ["timeout", "mail:send", { run, timeout: "soon" }],
  ["timeout", "mail:send", { run, timeout: null }],
  ["timeout", "mail:send", { run, timeout: 0 }],
  ["priority", "mail:send", { run, priority: 1.5 }],
  ["concurrency", "mail:send", { run, concurrency: 0 }],
  ["concurrency", "mail:send", { run, concurrency: { limit: "2" } }],
  ["concurrency.key", "mail:send", { run, concurrency: { limit: 2, key: "id" } }],
  ["rate", "mail:send", { run, rate: 5 }],
  ["rate.limit", "mail:send", { run, rate: { limit: 0, per: "1m" } }],
  ["rate.per", "mail:send", { run, rate: { limit: 1 } }],
  ["rate.per", "mail:send", { run, rate: { limit: 1, per: 0 } }],
  ["rate.burst", "mail:send", { run, rate: { limit: 1, per: "1m", burst: 0 } }],
  ["retry", "mail:send", { run, retry: null }],
  ["retry", "mail:send", { run, retry: 3 }],
  ["retry.attempts", "mail:send", { run, retry: { attempts: 0 } }],
  ["retry.factor", "mail:send", { run, retry: { factor: 0.5 } }],
  ["retry.factor", "mail:send", { run, retry: { factor: Number.POSITIVE_INFINITY } }],
  ["retry.delay", "mail:send", { run, retry: { delay: "5" } }],
  ["retry.maxDelay", "mail:send", { run, retry: { maxDelay: -1 } }],
])("[ACT-4] a description with a faulty %s is refused with that field", (field, name, described) => {
  const registry = new ActionRegistry();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what no type lets through
  const define = (): unknown => registry.define(name as string, described as { run(): null });
  expect(define).toThrow(
    expect.objectContaining({
      code: "action.invalid",
      details: { issues: [expect.objectContaining({ field })] },
    }),
  );
});

test("[ACT-4] every fault of a description is told at once", () => {
  const registry = new ActionRegistry();
  const described = { run, timeout: "soon", priority: 0.5, retry: { attempts: 0 } };
  const fields = ["name", "timeout", "priority", "retry.attempts"];
  expect(() => registry.define("send", described)).toThrow(
    expect.objectContaining({
      details: { issues: fields.map((field) => expect.objectContaining({ field })) },
    }),
  );
  expect(registry.names()).toEqual([]);
});

test("[ACT-5] a value is held against a schema, at once where the schema needs no time", async () => {
  expect(validate(undefined, { any: 1 })).toEqual({ value: { any: 1 } });
  expect(validate(z.object({ n: z.number().default(5) }), {})).toEqual({ value: { n: 5 } });
  const slow = z.string().refine(async (text) => text !== "no");
  await expect(validate(slow, "yes")).resolves.toEqual({ value: "yes" });
  await expect(validate(slow, "no")).resolves.toMatchObject({ issues: [{ field: "" }] });
});

test("[ACT-5] what a schema refuses is told by the path of each fault", () => {
  const schema = z.object({ to: z.array(z.object({ mail: z.string() })), n: z.number() });
  expect(validate(schema, { to: [{ mail: "a" }, { mail: 5 }] })).toMatchObject({
    issues: [{ field: "to.1.mail" }, { field: "n" }],
  });
});

test("[ACT-5] a schema of any library that speaks the standard will do", () => {
  const schema = {
    "~standard": {
      version: 1 as const,
      vendor: "suite",
      validate: (value: unknown) =>
        typeof value === "number"
          ? { value }
          : { issues: [{ message: "no number", path: [{ key: "n" }, 0] }] },
    },
  };
  expect(validate(schema, 5)).toEqual({ value: 5 });
  expect(validate(schema, "5")).toEqual({ issues: [{ field: "n.0", message: "no number" }] });
});
