// The laws of memory on SQLite: all of them in memory; in files those that threads and reopening can change.
import { describe, test } from "vitest";
import { sqlite } from "../../src/sqlite/index.ts";
import { memoryLaws, type TestFunction } from "../../src/testing/index.ts";
import { sqliteFile } from "../support/sqlite-file.ts";

describe("in memory", () =>
  memoryLaws({
    test,
    makeStorage: () => sqlite(":memory:"),
    skip: { "MEM-73": "a database in memory ends with its storage" },
    seeds: [1, 2, 3, 4, 5, 6],
  }));

const ofFiles = /^\[MEM-(?:1|3|6|8|22|53|7\d|80)\]/;
const define = (name: string, body: () => Promise<void>): unknown =>
  ofFiles.test(name) ? test(name, body) : undefined;
const some: TestFunction = Object.assign(define, { skip: test.skip });

describe("in a file", () => memoryLaws({ test: some, makeStorage: sqliteFile, seeds: [11] }));
