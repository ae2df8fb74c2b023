import { describe, expect, test } from "vitest";
import { cliWorld } from "./cli-world.ts";
import { httpWorld } from "./http-world.ts";

describe("memory over HTTP", () => {
  test("[HTP-80] a record is kept, found, read, and kept once", async () => {
    await using world = await httpWorld();
    const given = {
      content: "The deploy of Friday failed",
      namespace: "notes",
      metadata: { tags: ["deploy"] },
    };
    const made = await world.call("POST", "/memory", { ...given, contentAddressed: true });
    expect(made).toMatchObject({ status: 201, json: { created: true, record: { ...given, parents: [] } } });
    const { id } = made.json.record;
    expect(made.json.record.at).toBe("2026-01-01T00:00:00.000Z");
    const again = await world.call("POST", "/memory", { ...given, contentAddressed: true });
    expect(again).toMatchObject({ status: 200, json: { created: false, record: { id } } });
    const path = `/memory/${encodeURIComponent(id)}`;
    expect((await world.call("GET", path)).json).toEqual(made.json.record);
    const found = await world.call("GET", "/memory/search?text=DEPLOY&namespace=notes");
    expect(found.json).toMatchObject({
      hits: [{ record: { id }, ranks: { lexical: 1 } }],
      used: ["lexical"],
      unindexed: 0,
    });
    const where = encodeURIComponent('{"tags":"deploy"}');
    expect((await world.call("GET", `/memory?where=${where}`)).json.items).toHaveLength(1);
    expect((await world.call("GET", "/memory?idPrefix=sha256")).json.items).toHaveLength(1);
    expect((await world.call("GET", "/memory?namespace=elsewhere")).json).toEqual({ items: [] });
  });

  test("[HTP-81] bytes travel in base64, both ways", async () => {
    await using world = await httpWorld();
    const given = { content: "AP/+", encoding: "base64" };
    const { json } = await world.call("POST", "/memory", { id: "b", ...given });
    expect(json.record).toMatchObject({ ...given, contentType: "application/octet-stream" });
    expect((await world.runtime.memory.get("b"))?.content).toEqual(new Uint8Array([0, 255, 254]));
  });

  test("[HTP-82] lineage and refs are reached over HTTP, and a forgotten record answers 410", async () => {
    await using world = await httpWorld();
    await world.call("POST", "/memory", { id: "a", content: "x", advance: { ref: "head", expected: null } });
    await world.call("POST", "/memory", { id: "b", content: { y: 1 }, parents: ["a", "gone"] });
    expect(await world.runtime.memory.refs.get("head")).toBe("a");
    expect(await world.call("POST", "/memory/a/forget", { reason: "asked for", purge: true })).toMatchObject({
      status: 200,
      json: { changed: true },
    });
    expect(await world.call("GET", "/memory/a")).toMatchObject({
      status: 410,
      json: { code: "memory.forgotten" },
    });
    const lineage = await world.call("GET", "/memory/b/lineage");
    expect(lineage.json).toMatchObject({
      records: [
        { id: "a", forgotten: { purged: true, reason: "asked for" } },
        { id: "b", content: { y: 1 } },
      ],
      missing: ["gone"],
    });
  });

  test("[HTP-83] what memory refuses has its status and code", async () => {
    await using world = await httpWorld();
    await world.call("POST", "/memory", { id: "a", content: "x" });
    const cases = [
      ["POST", "/memory", { id: "a", content: "y" }, 409, "memory.conflict"],
      ["POST", "/memory", { content: "y", advance: { ref: "r", expected: "a" } }, 409, "memory.conflict"],
      ["POST", "/memory", { id: "b" }, 400, "memory.invalid"],
      ["POST", "/memory", { content: "x", metadata: 1 }, 400, "memory.invalid"],
      ["POST", "/memory/a/forget", {}, 400, "memory.invalid"],
      ["GET", "/memory/nobody", undefined, 404, "memory.not-found"],
      ["GET", "/memory/nobody/lineage", undefined, 404, "memory.not-found"],
      ["GET", "/memory?limit=-1", undefined, 400, "memory.invalid"],
      ["GET", "/memory?where=x", undefined, 400, "memory.invalid"],
      ["GET", "/memory/search", undefined, 400, "memory.invalid"],
      ["GET", "/memory/search?text=x&mode=vector", undefined, 503, "memory.no-embedder"],
    ] as const;
    for (const [method, path, body, status, code] of cases)
      expect([path, await world.call(method, path, body)]).toMatchObject([path, { status, json: { code } }]);
    expect((await world.runtime.memory.list()).items).toHaveLength(1);
  });
});

describe("memory on the command line", () => {
  test("[CLI-80] a record is added, searched, listed, shown, traced and forgotten", async () => {
    await using world = await cliWorld();
    const added = await world.cli(
      "memory",
      "add",
      "The deploy of Friday failed",
      "--tag",
      "deploy",
      "--id",
      "r1",
    );
    expect([added.code, added.out]).toEqual([0, expect.stringContaining("Record r1 is kept")]);
    await world.cli("memory", "add", '{"ok":true}', "--content", "json", "--parent", "r1", "--id", "r2");
    const found = await world.cli("memory", "search", "friday");
    expect(found.out).toMatch(/r1 .*deploy of Friday/);
    expect(found.out).toContain("Found by: lexical");
    expect((await world.cli("memory", "list", "--json")).json.items).toHaveLength(2);
    expect(
      (await world.cli("memory", "list", "--where", '{"tags":"deploy"}', "--json")).json.items,
    ).toHaveLength(1);
    expect((await world.cli("memory", "show", "r2")).out).toContain('{"ok":true}');
    expect((await world.cli("memory", "lineage", "r2", "--json")).json.records).toHaveLength(2);
    expect((await world.cli("memory", "forget", "r1", "--reason", "test")).out).toContain("is forgotten");
    expect((await world.cli("memory", "show", "r1")).code).toBe(3);
    expect((await world.cli("memory", "add", "other", "--id", "r2")).code).toBe(4);
    expect((await world.cli("memory", "lineage", "r2")).out).toContain("forgotten: test");
  });
});
