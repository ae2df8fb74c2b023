// What a store should hold after any list of operations: a map and nothing else, and operations drawn from texts that
// databases like to mix up.
import type { Random } from "../base/random.ts";
import type { Json } from "../base/json.ts";
import type { StandardSchema } from "../base/standard-schema.ts";

export interface Thing {
  readonly kind: string;
  readonly id: string | number;
  readonly n?: number;
  readonly value?: Json;
}

export type ThingKey = readonly [kind: string, id: string | number];

/** Two fields that make the key, a count and whatever else; written by hand, so that no library is asked for. */
export const thingSchema: StandardSchema<Thing> = {
  "~standard": {
    version: 1,
    vendor: "escapement",
    validate: (value) => (isThing(value) ? { value } : { issues: [{ message: "is no thing", path: ["n"] }] }),
  },
};

function isThing(value: unknown): value is Thing {
  if (typeof value !== "object" || value === null || !("kind" in value) || !("id" in value)) return false;
  const idFits = typeof value.id === "string" || typeof value.id === "number";
  return typeof value.kind === "string" && idFits && (!("n" in value) || Number.isInteger(value.n));
}

const texts = [
  "",
  " ",
  "a",
  "A",
  "a:b",
  "a\0",
  "a\u0001",
  "%",
  "_",
  "user_1",
  "userX1",
  "__proto__",
  "constructor",
  "é",
  "e\u0301",
  "\ud800",
  "\udfff\ud800",
  "\ue000",
  "\uffff",
  "\u{1f600}",
  "x".repeat(300),
];
const numbers = [0, -1, 1, 2, 10, 0.5, -0.5, 1e300, -1e300, 2 ** 53];

export type Step =
  | { readonly do: "upsert"; readonly item: Thing }
  | { readonly do: "update"; readonly key: ThingKey; readonly value: Json }
  | { readonly do: "adjust"; readonly key: ThingKey; readonly delta: number }
  | { readonly do: "delete"; readonly key: ThingKey };

/** Few enough keys that steps meet. */
export function drawSteps(random: Random, count: number): Step[] {
  const keys = Array.from({ length: 6 }, (): ThingKey => [pick(random, texts.slice(0, 8)), drawId(random)]);
  return Array.from({ length: count }, () => drawStep(random, pick(random, keys)));
}

function drawStep(random: Random, key: ThingKey): Step {
  switch (pick(random, ["upsert", "upsert", "upsert", "update", "adjust", "delete"])) {
    case "update":
      return { do: "update", key, value: drawJson(random, 2) };
    case "adjust":
      return { do: "adjust", key, delta: Math.floor(random.next() * 10) - 5 };
    case "delete":
      return { do: "delete", key };
    default:
      return { do: "upsert", item: drawThing(random, key) };
  }
}

function drawThing(random: Random, [kind, id]: ThingKey): Thing {
  const n = random.next() < 0.5 ? {} : { n: Math.floor(random.next() * 100) };
  const value = random.next() < 0.3 ? {} : { value: drawJson(random, 3) };
  return { kind, id, ...n, ...value };
}

function drawId(random: Random): string | number {
  return random.next() < 0.3 ? pick(random, numbers) : pick(random, texts);
}

function drawJson(random: Random, depth: number): Json {
  if (depth === 0 || random.next() < 0.5)
    return pick(random, [null, true, ...numbers, ...texts, "x".repeat(20_000)]);
  const items = Array.from({ length: Math.floor(random.next() * 4) }, () => drawJson(random, depth - 1));
  if (random.next() < 0.5) return items;
  return Object.fromEntries(items.map((item) => [pick(random, texts), item]));
}

export function pick<Item>(random: Random, list: readonly [Item, ...Item[]] | readonly Item[]): Item {
  const found = list[Math.floor(random.next() * list.length)];
  if (found === undefined) throw new RangeError("There is nothing to pick from.");
  return found;
}

/** The map: key as JSON, thing as it should be. */
export class StoreModel {
  readonly things: Map<string, Thing> = new Map();

  /** What the operation resolves to; "missing" when it is to be refused. */
  apply(step: Step): Thing | undefined | boolean | "missing" {
    const name = JSON.stringify(step.do === "upsert" ? [step.item.kind, step.item.id] : step.key);
    const before = this.things.get(name);
    if (step.do === "delete") return this.things.delete(name);
    if (step.do !== "upsert" && before === undefined) return step.do === "update" ? undefined : "missing";
    const after = { ...before, ...changedBy(step, before) };
    // A thing is what JSON makes of it: there is no negative zero.
    const kept: Thing = JSON.parse(JSON.stringify(after));
    this.things.set(name, kept);
    return kept;
  }
}

function changedBy(step: Exclude<Step, { do: "delete" }>, before: Thing | undefined): Thing {
  if (step.do === "upsert") return step.item;
  const thing = before ?? { kind: "", id: "" };
  return step.do === "update"
    ? { ...thing, value: step.value }
    : { ...thing, n: (thing.n ?? 0) + step.delta };
}
