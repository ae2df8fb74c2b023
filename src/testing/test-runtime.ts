// A runtime for tests: in memory, on a virtual clock, with seeded chance.
import { createRuntime } from "../runtime/create-runtime.ts";
import type { RuntimeOptions } from "../runtime/options.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { sqlite } from "../sqlite/sqlite-storage.ts";
import { seededRandom } from "./seeded-random.ts";
import { testClock, type TestClock } from "./test-clock.ts";

export interface TestRuntimeOptions extends Partial<Omit<RuntimeOptions, "clock">> {
  /** Start at once; default true. */
  readonly start?: boolean;
  readonly clock?: TestClock;
}

export interface TestRuntime extends Runtime {
  readonly clock: TestClock;
}

export async function testRuntime(options: TestRuntimeOptions = {}): Promise<TestRuntime> {
  const { start = true, clock = testClock(), storage = sqlite(":memory:"), ...rest } = options;
  const runtime = await createRuntime({
    random: seededRandom("test"),
    node: "test",
    ...rest,
    storage,
    clock,
  });
  const detach = clock.attach(() => storage.settled());
  if (start) await runtime.start();
  const stop: Runtime["stop"] = async (how) => {
    await runtime.stop(how ?? { drain: 0 });
    detach();
  };
  return { ...runtime, clock, stop, [Symbol.asyncDispose]: () => stop() };
}
