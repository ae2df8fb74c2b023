// The schema of the data: applied once, kept as it was applied, and never guessed at when it is newer.
import assert from "node:assert/strict";
import type { Rule } from "./conformance.ts";
import { rejectsWith } from "./world.ts";

export function migrationsSuite(rule: Rule): void {
  rule("[STO-130] opening data again applies nothing and changes nothing", async (world) => {
    const id = await world.enqueueOne();
    const events = await world.events();
    await world.reopen();
    await world.reopen();
    assert.deepEqual(await world.events(), events);
    assert.equal((await world.get(id)).state, "waiting");
  });

  rule("[STO-131] data of a newer schema is refused", async (world) => {
    await rejectsWith(
      "storage.newer-schema",
      world.reopen((execute) =>
        execute("INSERT INTO migration (id, name, checksum) VALUES (9999, 'later', 'x')"),
      ),
    );
  });

  rule("[STO-132] data to which a migration of another text was applied is refused", async (world) => {
    await rejectsWith(
      "storage.changed-migration",
      world.reopen((execute) => execute("UPDATE migration SET checksum = 'other' WHERE id = 1")),
    );
  });

  rule(
    "[STO-133] data that was refused is not touched, and opens again when the reason is gone",
    async (world) => {
      const id = await world.enqueueOne();
      const later = "INSERT INTO migration (id, name, checksum) VALUES (9999, 'later', 'x')";
      await rejectsWith(
        "storage.newer-schema",
        world.reopen((execute) => execute(later)),
      );
      await world.reopen((execute) => execute("DELETE FROM migration WHERE id = 9999"));
      assert.equal((await world.get(id)).state, "waiting");
    },
  );
}
