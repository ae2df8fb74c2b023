// Values chosen to break things, drawn from a seed: texts that look alike, halves of characters, wildcards, names that
// objects have already, numbers at the edge, empty and large values.
import type { Random } from "../../base/random.ts";
import type { Json } from "../../base/json.ts";
import type { Content } from "../../record/content.ts";

/** Names that a careless comparison takes for one another. */
export const trickyNames: readonly string[] = [
  "user_1",
  "userX1",
  "USER_1",
  "user%3",
  "user%",
  "a/b",
  "a",
  "ab",
  "a\u0301",
  "\u00e1",
  "\u00e9",
  "e\u0301",
  "__proto__",
  "constructor",
  " leading",
  "trailing ",
  "\uffff",
  "\u{1F600}",
  "\u{10FFFF}",
  "\ud7ff",
  "'; DROP TABLE record; --",
  'say "hi" OR *',
  "null",
  "0",
];

/** Texts whose words meet in unexpected ways. */
const words = [
  "deploy",
  "Deploy",
  "ÜBER",
  "uber",
  "straße",
  "STRASSE",
  "naïve",
  "ΟΔΟΣ",
  "οδός",
  "東京都",
  "ไทย",
  "42",
  "3.14",
  "user_1",
  "100%",
  "AND",
  "OR",
  "NOT",
  "NEAR(",
  '"',
  "*",
  "-",
  "·",
  "\ud800",
  "\udc00",
  "\0",
  "\u{1F600}",
  "ﬁne",
  "Ⅷ",
  "e\u0301te\u0301",
];

export class Adversary {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  below(limit: number): number {
    return Math.floor(this.#random.next() * limit);
  }

  chance(share: number): boolean {
    return this.#random.next() < share;
  }

  pick<Item>(items: readonly [Item, ...Item[]] | readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("There is nothing to pick from.");
    return item;
  }

  name(): string {
    const one = this.pick(trickyNames);
    return this.chance(0.3) ? one + this.pick(trickyNames) : one;
  }

  text(): string {
    const count = this.below(8);
    const parts = Array.from({ length: count }, () => this.pick(words));
    return parts.join(this.pick([" ", "", ", ", "\n"]));
  }

  json(depth = 0): Json {
    const kinds = depth > 2 ? 5 : 7;
    switch (this.below(kinds)) {
      case 0:
        return null;
      case 1:
        return this.chance(0.5);
      case 2:
        return this.pick([0, -1, 1.5, 1e-7, Number.MAX_SAFE_INTEGER, -1e308, 5e-324]);
      case 3:
        return this.text();
      case 4:
        return this.name();
      case 5:
        return Array.from({ length: this.below(4) }, () => this.json(depth + 1));
      default:
        return this.object(depth + 1);
    }
  }

  object(depth = 0): Readonly<Record<string, Json>> {
    const entries = Array.from({ length: this.below(4) }, (): [string, Json] => [
      this.name(),
      this.json(depth),
    ]);
    return Object.fromEntries(entries);
  }

  bytes(): Uint8Array {
    const length = this.pick([0, 1, 2, 7, 300]);
    return Uint8Array.from({ length }, () => this.pick([0, 10, 65, 0x80, 0xc3, 0xff, this.below(256)]));
  }

  content(): Content {
    const draw = this.#random.next();
    if (draw < 0.5) return this.text();
    if (draw < 0.6) return this.text().repeat(this.below(200));
    if (draw < 0.8) return this.bytes();
    const json = this.json();
    return typeof json === "string" ? [json] : json;
  }
}
