import { expect, test } from "vitest";
import { ReadModel } from "./read-model.ts";

interface Held {
  readonly row: {
    readonly key: string;
    readonly body: string;
    readonly version: number;
    readonly createdAt: 0;
    readonly updatedAt: 0;
  };
}

function held(key: string, version = 1, body = ""): Held {
  return { row: { key, body, version, createdAt: 0, updatedAt: 0 } };
}

test("[STR-14] what was not used for long is forgotten, what is used again and again is not", () => {
  const model = new ReadModel<Held>();
  const body = "x".repeat(1_000_000);
  for (let number = 0; number < 100; number++) {
    model.end(model.begin(`k${number}`), held(`k${number}`, 1, body));
    expect(number === 0 || model.get("k0") !== undefined).toBe(true);
  }
  const kept = Array.from({ length: 100 }, (_, number) => model.get(`k${number}`)).filter(
    (one) => one !== undefined,
  );
  expect(kept.length).toBeGreaterThan(10);
  expect(kept.length).toBeLessThan(40);
});

test("[STR-9] what came of a read is not remembered when something newer was heard of meanwhile", () => {
  const model = new ReadModel<Held>();
  const [old, newest, gone] = [model.begin("a"), model.begin("b"), model.begin("c")];
  model.hear("a", 2);
  model.hear("b", 2);
  model.hear("c", undefined);
  model.end(old, held("a", 1));
  model.end(newest, held("b", 2));
  model.end(gone, held("c", 7));
  expect(["a", "b", "c"].map((key) => model.get(key)?.row.version)).toEqual([undefined, 2, undefined]);
});

test("[STR-9] an older answer does not take the place of a newer, and news of it changes nothing", () => {
  const model = new ReadModel<Held>();
  const [slow, quick] = [model.begin("a"), model.begin("a")];
  model.end(quick, held("a", 5));
  model.end(slow, held("a", 4));
  model.hear("a", 3);
  expect(model.get("a")?.row.version).toBe(5);
  model.hear("a", 6);
  expect(model.get("a")).toBeUndefined();
  model.end(model.begin("a"), held("a", 6));
  const under = model.begin("a");
  model.clear();
  model.end(under, held("a", 6));
  expect(model.get("a")).toBeUndefined();
});
