// The whole storage conformance on SQLite in files: writer thread, reader thread, and data that outlives its storage.
import { test } from "vitest";
import { storageConformance } from "../../src/testing/index.ts";
import { sqliteFile } from "../support/sqlite-file.ts";

storageConformance({ test: test.concurrent, makeStorage: sqliteFile, seeds: [11, 12, 13, 14] });
