// Documents of stores: what is kept under a key, what a change makes of it, and who is told.
import assert from "node:assert/strict";
import type { ChangeOutcome, DocumentChange, DocumentRow } from "../../document/change.ts";
import { encodeKey, keyRange, type KeyPart } from "../../document/key.ts";
import type { DocumentStorage } from "../../storage/documents.ts";
import type { Rule } from "./conformance.ts";
import { rejectsWith, type World } from "./world.ts";

const limitBytes = 1_048_576;

type Change = DocumentChange extends infer One
  ? One extends DocumentChange
    ? Omit<One, "store" | "key">
    : never
  : never;

interface Place {
  readonly documents: DocumentStorage;
  readonly now: number;
}

function change(key: KeyPart | readonly KeyPart[], what: Change, store = "s"): DocumentChange {
  return { ...what, store, key: encodeKey(isList(key) ? key : [key]) };
}

function isList(key: KeyPart | readonly KeyPart[]): key is readonly KeyPart[] {
  return Array.isArray(key);
}

function place(world: World): Place {
  return { documents: world.storage.documents, now: world.now };
}

function write(at: Place, ...changes: readonly DocumentChange[]): Promise<readonly ChangeOutcome[]> {
  return at.documents.write({ changes, actor: "user:suite", now: at.now });
}

async function put(
  world: World,
  key: KeyPart | readonly KeyPart[],
  body: string,
  store = "s",
): Promise<void> {
  await write(place(world), change(key, { kind: "put", body }, store));
}

async function get(
  world: World,
  key: KeyPart | readonly KeyPart[],
  store = "s",
): Promise<DocumentRow | undefined> {
  const keys = [encodeKey(isList(key) ? key : [key])];
  return (await world.storage.documents.get({ store, keys }))[0];
}

async function all(
  world: World,
  prefix: readonly KeyPart[] = [],
  store = "s",
): Promise<readonly DocumentRow[]> {
  return world.storage.documents.list({ store, ...keyRange(prefix), limit: 1_000 });
}

/** Keys that databases like to mix up, with texts in the order of their code points. */
const trickyKeys: readonly (readonly KeyPart[])[] = [
  ["s", ""],
  ["s", "%"],
  ["s", "USER_2"],
  ["s", "__proto__"],
  ["s", "a"],
  ["s", "a", 1],
  ["s", "a", "b"],
  ["s", "a\0"],
  ["s", "a\u0001"],
  ["s", "a\u0001sb"],
  ["s", "a "],
  ["s", "a:b"],
  ["s", "user%3"],
  ["s", "userX1"],
  ["s", "user_1"],
  ["s", "e\u0301"],
  ["s", "\u00e9"],
  ["s", "\ud7ff"],
  ["s", "\ud800"],
  ["s", "\udfff"],
  ["s", "\ue000"],
  ["s", "\uffff"],
  ["s", "\u{1f600}"],
];

export function documentsSuite(rule: Rule): void {
  rule("[DOC-10] a document is kept with its text, a version and its times", async (world) => {
    const body = JSON.stringify({ text: "é\ud83d\0", b: 1, a: [null, 0.1 + 0.2, 1e300], ["__proto__"]: 5 });
    await put(world, "k", body);
    const made = await get(world, "k");
    assert.deepEqual(made, {
      key: encodeKey(["k"]),
      body,
      version: 1,
      createdAt: world.now,
      updatedAt: world.now,
    });
    world.now += 10;
    await put(world, "k", "{}");
    assert.deepEqual(await get(world, "k"), { ...made, body: "{}", version: 2, updatedAt: world.now });
    world.now -= 500;
    await put(world, "k", '{"a":1}');
    assert.equal((await get(world, "k"))?.updatedAt, world.now + 500, "a time does not go backwards");
    assert.equal(await get(world, "other"), undefined);
    assert.equal(await get(world, "k", "other"), undefined);
  });

  rule("[DOC-11] what is so already is no change: no version, no event, no hint", async (world) => {
    await put(world, "k", '{"a":1}');
    const told: unknown[] = [];
    world.storage.onCommit(({ stores }) => stores !== undefined && told.push(stores));
    const [outcome] = await write(place(world), change("k", { kind: "put", body: '{"a":1}' }));
    assert.deepEqual([outcome?.changed, outcome?.document?.version], [false, 1]);
    assert.equal((await world.kinds()).length, 1);
    await world.storage.settled();
    assert.deepEqual(told, []);
    await put(world, "k", '{"a":2}');
    await world.storage.settled();
    assert.deepEqual(told, [["s"]]);
  });

  rule(
    "[DOC-12] a change that expects another version is refused, and the others are made",
    async (world) => {
      await put(world, "k", '{"a":1}');
      const outcomes = await write(
        place(world),
        change("k", { kind: "put", body: "{}", expected: 0 }),
        change("k", { kind: "put", body: "{}", expected: 2 }),
        change("new", { kind: "put", body: "{}", expected: 1 }),
        change("k", { kind: "delete", expected: 3 }),
        change("new", { kind: "put", body: "{}", expected: 0 }),
        change("k", { kind: "put", body: '{"a":2}', expected: 1 }),
      );
      assert.deepEqual(
        outcomes.map(({ refused, document }) => [refused, document?.version]),
        [
          ["conflict", 1],
          ["conflict", 1],
          ["conflict", undefined],
          ["conflict", 1],
          [undefined, 1],
          [undefined, 2],
        ],
      );
      assert.equal((await get(world, "k"))?.body, '{"a":2}');
    },
  );

  rule("[DOC-12] of several that expect one version at the same time, one wins", async (world) => {
    await put(world, "k", "{}");
    const tries = Array.from({ length: 8 }, (_, n) =>
      write(place(world), change("k", { kind: "put", body: `{"n":${n}}`, expected: 1 })),
    );
    const won = (await Promise.all(tries)).flat().filter(({ changed }) => changed);
    assert.equal(won.length, 1);
    const fresh = Array.from({ length: 8 }, (_, n) =>
      write(
        { ...place(world), now: world.now + n },
        change("new", { kind: "put", body: `{"n":${n}}`, expected: 0 }),
      ),
    );
    assert.equal((await Promise.all(fresh)).flat().filter(({ changed }) => changed).length, 1);
    assert.equal((await get(world, "new"))?.version, 1);
  });

  rule("[DOC-13] adjustments at the same time all count, whoever makes them", async (world) => {
    await put(world, "k", '{"n":0,"deep":{"list":[1,2]}}');
    const one = { kind: "adjust", path: ["n"], delta: 1, limitBytes } as const;
    const callers = Array.from({ length: 10 }, (_, number) =>
      world.storage.documents.write({ changes: [change("k", one)], actor: `user:${number}`, now: world.now }),
    );
    await Promise.all([...callers, write(place(world), change("k", one), change("k", one))]);
    await write(
      place(world),
      change("k", { kind: "adjust", path: ["deep", "list", 1], delta: 0.5, limitBytes }),
    );
    await write(place(world), change("k", { kind: "adjust", path: ["__proto__"], delta: 3, limitBytes }));
    const row = await get(world, "k");
    assert.equal(row?.body, '{"n":12,"deep":{"list":[1,2.5]},"__proto__":3}');
    assert.equal(row?.version, 15);
  });

  rule("[DOC-13] only a number that is there or could be is adjusted", async (world) => {
    await put(world, "k", '{"n":1e308,"text":"1","list":[],"none":null}');
    const paths: readonly (readonly (string | number)[])[] = [
      ["n"],
      ["text"],
      ["list", 0],
      ["list", "x"],
      ["none"],
      ["far", "off"],
    ];
    const outcomes = await write(
      place(world),
      ...paths.map((path) => change("k", { kind: "adjust", path, delta: 1e308, limitBytes })),
      change("gone", { kind: "adjust", path: ["n"], delta: 1, limitBytes }),
    );
    assert.deepEqual(
      outcomes.map(({ refused }) => refused),
      [...paths.map(() => "not a number"), "missing"],
    );
    assert.equal((await get(world, "k"))?.version, 1);
    assert.equal(await get(world, "gone"), undefined);
  });

  rule(
    "[DOC-14] a deleted document is gone, and a version is never given twice under one key",
    async (world) => {
      for (const body of ["{}", '{"a":1}', '{"a":2}']) await put(world, "k", body);
      const [gone, again] = await write(
        place(world),
        change("k", { kind: "delete" }),
        change("k", { kind: "delete" }),
      );
      assert.deepEqual([gone, again], [{ changed: true }, { changed: false }]);
      assert.equal(await get(world, "k"), undefined);
      world.now += 5;
      await put(world, "k", "{}");
      assert.deepEqual(
        [(await get(world, "k"))?.version, (await get(world, "k"))?.createdAt],
        [4, world.now],
      );
      const back = await write(
        place(world),
        change("k", { kind: "delete" }),
        change("k", { kind: "put", body: "{}" }),
      );
      assert.equal(back[1]?.document?.version, 5);
      await put(world, "k", "{}", "other");
      assert.equal((await get(world, "k", "other"))?.version, 1, "each store counts for itself");
    },
  );

  rule("[DOC-15] a list has exactly the keys of its prefix, in order and in pages", async (world) => {
    const encoded = trickyKeys.map((key) => encodeKey(key));
    for (const key of trickyKeys.toReversed()) await put(world, key, JSON.stringify({ key }));
    await put(world, ["t", "a"], "{}");
    await put(world, ["s", "a"], "{}", "other");
    const wanted = encoded.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(
      (await all(world, ["s"])).map(({ key }) => key),
      wanted,
    );
    assert.deepEqual((await all(world, ["s", "a"])).length, 3);
    assert.deepEqual((await all(world, ["s", "user_1"])).length, 1);
    assert.deepEqual(await all(world, ["s", "us"]), []);
    assert.equal((await all(world)).length, trickyKeys.length + 1);
    const paged: string[] = [];
    for (let after: string | undefined; ; after = paged.at(-1)) {
      const filter = { store: "s", ...keyRange(["s"]), limit: 4, ...(after === undefined ? {} : { after }) };
      const rows = await world.storage.documents.list(filter);
      paged.push(...rows.map(({ key }) => key));
      if (rows.length < 4) break;
    }
    assert.deepEqual(paged, wanted);
    const state = await world.storage.documents.state({ store: "s", ...keyRange(["s", "a"]) });
    assert.deepEqual(state, { count: 3 });
  });

  rule(
    "[DOC-16] each change is an event with the key and the version, and never the document",
    async (world) => {
      const parent = "run:r1";
      const changes = [
        change(["a", 1], { kind: "put", body: '{"secret":1}' }),
        change(["a", 1], { kind: "delete" }),
      ];
      await world.storage.documents.write({ changes, actor: "user:suite", parent, now: world.now });
      const events = await world.events({ category: "memory" });
      assert.deepEqual(
        events.map(({ kind, subject, parent: cause, data = "" }) => [kind, subject, cause, data]),
        [
          ["document.stored", "store:s", parent, '{"key":["a",1],"version":1}'],
          ["document.deleted", "store:s", parent, '{"key":["a",1],"version":0}'],
        ],
      );
    },
  );

  rule("[DOC-17] a store remembers when it was last gone over", async (world) => {
    const range = { store: "s", ...keyRange([]) };
    assert.deepEqual(await world.storage.documents.state(range), { count: 0 });
    await world.storage.documents.mark({ store: "s", lastRunAt: 5 });
    await world.storage.documents.mark({ store: "s", lastRunAt: world.now });
    await put(world, "k", "{}");
    await write(place(world), change("k", { kind: "delete" }));
    assert.deepEqual(await world.storage.documents.state(range), { count: 0, lastRunAt: world.now });
  });

  rule(
    "[DOC-18] documents are part of a transaction: all of it or nothing, and seen inside",
    async (world) => {
      await put(world, "k", '{"n":1}');
      const work = world.storage.transaction(
        async (inside) => {
          const at = { documents: inside.documents, now: world.now };
          await write(
            at,
            change("k", { kind: "adjust", path: ["n"], delta: 1, limitBytes }),
            change("new", { kind: "put", body: "{}" }),
          );
          await inside.runs.enqueue({ runs: [world.run({ id: "r" })], actor: "user:suite", now: world.now });
          const rows = await inside.documents.list({ store: "s", ...keyRange([]), limit: 10 });
          assert.deepEqual(
            rows.map(({ body }) => body),
            ['{"n":2}', "{}"],
          );
          throw new Error("no");
        },
        { timeoutMs: 5_000 },
      );
      await assert.rejects(work, /no/);
      assert.deepEqual(
        (await all(world)).map(({ body, version }) => [body, version]),
        [['{"n":1}', 1]],
      );
      assert.equal(await world.storage.runs.get({ id: "r" }), undefined);
      assert.equal((await world.kinds()).length, 1);
    },
  );

  rule("[DOC-19] a document that an adjustment would make too long is refused", async (world) => {
    const body = JSON.stringify({ text: "x".repeat(1_048_560) });
    await put(world, "k", body);
    await rejectsWith(
      "json.too-large",
      write(place(world), change("k", { kind: "adjust", path: ["number"], delta: 1, limitBytes })),
    );
    assert.equal((await get(world, "k"))?.version, 1);
  });
}
