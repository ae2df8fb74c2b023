// The storage conformance on SQLite in memory: the engine inline, without a thread and without a file.
import { test } from "vitest";
import { sqlite } from "../../src/sqlite/index.ts";
import { storageConformance } from "../../src/testing/index.ts";

const gone = "a database in memory ends with its storage";

storageConformance({
  test,
  makeStorage: () => sqlite(":memory:"),
  skip: {
    "STO-3": gone,
    "STO-95": gone,
    "STO-130": gone,
    "STO-131": gone,
    "STO-132": gone,
    "STO-133": gone,
    "STO-215": gone,
    "STO-173": gone,
    "STO-179": gone,
  },
});
