import { expect, test } from "vitest";
import { planMigrations, type Migration } from "./migration.ts";

const known: Migration[] = [1, 2, 3].map((id) => ({ id, name: `m${id}`, sql: `text ${id}` }));
const checksum = (sql: string): string => `sum of ${sql}`;
const applied = (...ids: number[]): { id: number; checksum: string }[] =>
  ids.map((id) => ({ id, checksum: checksum(`text ${id}`) }));

test("[STO-130] what was not applied yet is to be applied, in order", () => {
  const names = (...ids: number[]): string[] =>
    planMigrations(known, applied(...ids), checksum).map(({ name }) => name);
  expect([names(), names(1), names(1, 2, 3)]).toEqual([["m1", "m2", "m3"], ["m2", "m3"], []]);
});

test("[STO-131] a number beyond the known ones is refused, and both are told", () => {
  expect(() => planMigrations(known, applied(1, 2, 3, 4), checksum)).toThrow(
    expect.objectContaining({ code: "storage.newer-schema", details: { found: 4, known: 3 } }),
  );
});

test("[STO-132] another checksum, or a number that is not known, is refused", () => {
  const changed = [{ id: 1, checksum: "other" }];
  for (const [migrations, done] of [
    [known, changed],
    [known.slice(1), applied(1)],
  ] as const)
    expect(() => planMigrations(migrations, done, checksum)).toThrow(
      expect.objectContaining({ code: "storage.changed-migration", details: { id: 1 } }),
    );
});
