import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { EscapementError } from "../base/errors.ts";
import { translate } from "./sqlite-error.ts";

test.each([
  [5, "storage.busy"],
  [6, "storage.busy"],
  [261, "storage.busy"], // SQLITE_BUSY_RECOVERY, an extended code
  [8, "storage.unwritable"],
  [10, "storage.unwritable"],
  [778, "storage.unwritable"], // SQLITE_IOERR_WRITE
  [13, "storage.unwritable"],
  [14, "storage.unwritable"],
  [11, "storage.broken"],
  [26, "storage.broken"],
  [19, "table.refused"],
])("[SQL-20] the result %d of SQLite is told as %s", (errcode, code) => {
  const error = Object.assign(new Error("as SQLite puts it"), { errcode });
  expect(translate(error)).toMatchObject({ code, cause: error });
  expect(translate(error).message).toContain("as SQLite puts it");
});

test("[SQL-20] an error of our own stays what it is, and anything else is told with its text", () => {
  const own = new EscapementError("task.conflict", "It is at version 2.");
  expect(translate(own)).toBe(own);
  expect(translate("odd")).toMatchObject({ code: "storage.broken", message: expect.stringContaining("odd") });
});

test("[SQL-20] what SQLite really throws is understood", () => {
  using database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE one (x PRIMARY KEY); INSERT INTO one VALUES (1)");
  const thrown = (sql: string): unknown => {
    try {
      database.exec(sql);
      return undefined;
    } catch (error) {
      return error;
    }
  };
  expect(translate(thrown("INSERT INTO one VALUES (1)"))).toMatchObject({ code: "table.refused" });
  database.exec("PRAGMA query_only = ON");
  expect(translate(thrown("INSERT INTO one VALUES (2)"))).toMatchObject({ code: "storage.unwritable" });
});
