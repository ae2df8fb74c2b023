// The public sub-path `escapement/testing`.
export { seededRandom } from "./seeded-random.ts";
export { testClock, type TestClock } from "./test-clock.ts";
export { testRuntime, type TestRuntime, type TestRuntimeOptions } from "./test-runtime.ts";
