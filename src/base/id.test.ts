import * as fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "./seeded-random.ts";
import { createIdSource, deriveId, idFloor, idTime } from "./id.ts";

const crockford = /^[0-9A-HJKMNP-TV-Z]{26}$/;
const at = fc.integer({ min: 0, max: 2 ** 48 - 1 });

test("[BAS-10] each id sorts after the one before it, whatever the clock does", () => {
  fc.assert(
    fc.property(fc.array(at, { minLength: 2, maxLength: 50 }), fc.integer(), (times, seed) => {
      let now = 0;
      const newId = createIdSource({ now: () => now }, seededRandom(seed));
      const ids = times.flatMap((time) => {
        now = time;
        return [newId(), newId()];
      });
      expect(ids.toSorted()).toEqual(ids);
      expect(new Set(ids).size).toBe(ids.length);
      for (const id of ids) expect(id).toMatch(crockford);
    }),
  );
});

test("[BAS-10] a million ids of one millisecond neither repeat nor leave it, even from the highest start", () => {
  const newId = createIdSource({ now: () => 1_767_225_600_000 }, { next: () => 1 - Number.EPSILON });
  let last = newId();
  for (let count = 0; count < 1_000_000; count++) {
    const id = newId();
    if (id <= last) expect.fail(`${id} came after ${last}`);
    last = id;
  }
  expect(idTime(last)).toBe(1_767_225_600_000);
});

test("[BAS-10] sources that draw differently do not meet", () => {
  const ids = Array.from({ length: 2_000 }, (_, seed) =>
    createIdSource({ now: () => 1_767_225_600_000 }, seededRandom(seed))(),
  );
  expect(new Set(ids).size).toBe(2_000);
});

test("[BAS-11] an id tells when it was made, and the floor of a time divides those before from those after", () => {
  fc.assert(
    fc.property(at, at, fc.integer(), (made, bound, seed) => {
      const id = createIdSource({ now: () => made }, seededRandom(seed))();
      expect(idTime(id)).toBe(made);
      expect(id >= idFloor(bound)).toBe(made >= bound);
    }),
  );
  expect(idFloor(-5)).toBe(idFloor(0));
});

test("[BAS-12] a derived id follows from its time and its text alone", () => {
  fc.assert(
    fc.property(at, fc.string(), fc.string(), (made, one, other) => {
      const id = deriveId(made, one);
      expect(id).toMatch(crockford);
      expect(idTime(id)).toBe(made);
      expect(deriveId(made, one)).toBe(id);
      if (one !== other) expect(deriveId(made, other)).not.toBe(id);
    }),
  );
});

test("[BAS-12] ids derived for many tasks of one moment are all different", () => {
  const made = 1_767_225_600_000;
  const texts = Array.from({ length: 300_000 }, (_, index) => `task-${index}@${made}`);
  expect(new Set(texts.map((text) => deriveId(made, text))).size).toBe(texts.length);
});
