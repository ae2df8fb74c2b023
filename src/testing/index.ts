// The public sub-path `escapement/testing`.
export { seededRandom } from "./seeded-random.ts";
export { testClock, type TestClock } from "./test-clock.ts";
export { testRuntime, type TestRuntime, type TestRuntimeOptions } from "./test-runtime.ts";
export { cellLaws, type CellLawsOptions, type CellPlace } from "./cell-laws.ts";
export { storeLaws, type StoreLawsOptions, type StoreNodes } from "./store-laws.ts";
export { storageConformance } from "./storage-conformance/storage-conformance.ts";
export type { ConformanceOptions, StorageFixture, TestFunction } from "./storage-conformance/conformance.ts";
export { memoryLaws } from "./memory-laws/memory-laws.ts";
