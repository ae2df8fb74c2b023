// Assembles a runtime from its parts. Decides nothing.
import type { ActionDescription } from "../actions/action.ts";
import { parseDuration } from "../base/duration.ts";
import { backupToFile } from "../copy/backup-to-file.ts";
import type { ProcessOptions } from "../process/definition.ts";
import { refuseUnfinished } from "../storage/copy-target.ts";
import { standardActions } from "../subsystems/standard-actions.ts";
import { createKeepers } from "./keepers.ts";
import { Life } from "./life.ts";
import { createMovers } from "./movers.ts";
import { readOptions, type RuntimeOptions, type Settings } from "./options.ts";
import { checkReady } from "./readiness.ts";
import type { Runtime } from "./runtime.ts";
import { transactionsOver } from "./transaction.ts";

const defaultDrain = "10s";

/** Opens the storage; `start()` begins the work. Throws `options.invalid` and what opening throws. */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const settings = readOptions(options);
  const { storage } = settings;
  await storage.open();
  try {
    refuseUnfinished(await storage.dump.copied(), storage.address);
  } catch (error) {
    await storage.close();
    throw error;
  }
  return assemble(settings);
}

function assemble(settings: Settings): Runtime {
  const { storage, clock, node, payloadLimit, outgoing } = settings;
  const keepers = createKeepers(settings);
  const movers = createMovers(settings, keepers);
  const { registry, dispatcher, runs, tasks, desk, observers, services } = movers;
  const { processes } = desk;
  const builtIn = standardActions({
    ...keepers,
    processes,
    outgoing,
    embeds: settings.embedder === undefined ? undefined : keepers.memory,
  });
  for (const [name, action] of builtIn.all) registry.define(name, action);
  const life = new Life(services, dispatcher, async (drainMs) => {
    builtIn[Symbol.dispose]();
    keepers.memory.close();
    keepers.stores.close();
    await keepers.journal.close(drainMs);
    await storage.close();
  });
  const stop: Runtime["stop"] = (how = {}) => life.stop(parseDuration(how.drain ?? defaultDrain));
  return {
    ...keepers,
    node,
    storage: storage.address,
    payloadLimit,
    actions: registry,
    tasks,
    runs,
    processes,
    action<Input, Output>(name: string, described: ActionDescription<Input, Output>) {
      const action = registry.define(name, described);
      dispatcher?.wake();
      return action;
    },
    process: <State, Inputs>(name: string, described: ProcessOptions<State, Inputs>) =>
      desk.define(name, described),
    ...transactionsOver({ ...settings, ...movers, stores: keepers.stores }),
    backup: (file) => backupToFile(storage, file),
    doctor: () => storage.inspect({ now: clock.now() }),
    ready: () => checkReady(storage, node),
    start: () => life.start(),
    stop,
    activeRuns: () => dispatcher?.active ?? 0,
    observe: (observer) => observers.add(observer),
    [Symbol.asyncDispose]: () => stop(),
  };
}
