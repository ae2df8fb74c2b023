// Assembles a runtime from its parts. Decides nothing.
import type { ActionDescription } from "../actions/action.ts";
import { ActionRegistry } from "../actions/registry.ts";
import { parseDuration } from "../base/duration.ts";
import { createIdSource } from "../base/id.ts";
import type { Service } from "../base/service.ts";
import { Control } from "../control/control.ts";
import { Journal } from "../journal/journal.ts";
import { Dispatcher } from "../runs/dispatcher.ts";
import { Retention } from "../runs/retention.ts";
import { Runs } from "../runs/runs.ts";
import { Stores } from "../stores/stores.ts";
import { standardActions } from "../subsystems/standard-actions.ts";
import { Tasks } from "../tasks/tasks.ts";
import { Ticker } from "../tasks/ticker.ts";
import { Life } from "./life.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { readOptions, type RuntimeOptions, type Settings } from "./options.ts";
import { Observers } from "./observers.ts";
import type { Runtime } from "./runtime.ts";
import { transactionOver } from "./transaction.ts";

const defaultDrain = "10s";

/** Opens the storage; `start()` begins the work. Throws `options.invalid` and what opening throws. */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const settings = readOptions(options);
  await settings.storage.open();
  return assemble(settings);
}

function assemble(settings: Settings): Runtime {
  const { storage, clock, random, logger, node } = settings;
  const onError = (error: unknown): void =>
    logger.error({ err: error }, "the storage refused a call of this node");
  const registry = new ActionRegistry();
  const observers = new Observers((error) => logger.error({ err: error }, "an observer threw"));
  const stores = new Stores({ storage, clock });
  const worker = { storage, registry, stores, clock, random, node, onError, runs: () => runs };
  const dispatcher = settings.work === false ? undefined : new Dispatcher(worker, settings.work);
  const runParts = { registry, clock, newId: createIdSource(clock, random), dispatcher };
  const runs = new Runs({ ...runParts, storage });
  const control = new Control(storage, clock);
  const retention = new Retention(storage, clock, settings.retention);
  const ticker = new Ticker({
    storage,
    registry,
    clock,
    onError,
    onFire: (report) => observers.hear(report, dispatcher),
  });
  const services: Service[] = [
    new LeaseKeeper({ storage, clock, node, onError }),
    ...(dispatcher === undefined ? [] : [dispatcher]),
    ticker,
  ];
  const builtIn = defineBuiltIn(registry, { control, retention, outgoing: settings.outgoing });
  const journal = new Journal(storage, clock);
  const life = new Life(services, dispatcher, async () => {
    builtIn[Symbol.dispose]();
    journal.close();
    stores.close();
    await storage.close();
  });
  const stop: Runtime["stop"] = (how = {}) => life.stop(parseDuration(how.drain ?? defaultDrain));
  return {
    node,
    storage: storage.address,
    actions: registry,
    tasks: new Tasks({ storage, registry, clock, runs }),
    runs,
    control,
    journal,
    stores,
    nodes: { list: () => storage.nodes.list() },
    retention,
    action<Input, Output>(name: string, described: ActionDescription<Input, Output>) {
      const action = registry.define(name, described);
      dispatcher?.wake();
      return action;
    },
    transaction: transactionOver({ ...runParts, storage, stores }),
    backup: (file) => storage.backup(file),
    doctor: () => storage.inspect(),
    start: () => life.start(),
    stop,
    activeRuns: () => dispatcher?.active ?? 0,
    observe: (observer) => observers.add(observer),
    [Symbol.asyncDispose]: () => stop(),
  };
}

function defineBuiltIn(
  registry: ActionRegistry,
  parts: Parameters<typeof standardActions>[0],
): ReturnType<typeof standardActions> {
  const builtIn = standardActions(parts);
  for (const [name, action] of builtIn.all) registry.define(name, action);
  return builtIn;
}
