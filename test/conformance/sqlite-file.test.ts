// The storage conformance on SQLite in files, as far as a file can differ from memory: what crosses threads, what is
// read on another connection, what outlives its storage. The engine itself is the same; the deep run does all of it.
import { test } from "vitest";
import { storageConformance, type TestFunction } from "../../src/testing/index.ts";
import { sqliteFile } from "../support/sqlite-file.ts";

const ofFiles =
  /^\[(?:STP-1[05]|DOC-1[0578]|STO-(?:[1-6]|1[0456]|2[056]|30|55|60|7\d|83|9[0-5]|102|11[03]|118|12[0-2]|13\d|14\d|20[0147]|21[0135])|GAT-(?:2|4|13|19))\]/;

const define = (name: string, body: () => Promise<void>): unknown =>
  ofFiles.test(name) ? test.concurrent(name, body) : undefined;
const some: TestFunction = Object.assign(define, { skip: test.skip });

storageConformance({ test: some, makeStorage: sqliteFile, seeds: [11] });
