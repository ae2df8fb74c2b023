// Assembles a runtime from its parts. Decides nothing.
import type { ActionOptions } from "../actions/action.ts";
import { ActionRegistry } from "../actions/registry.ts";
import { parseDuration } from "../base/duration.ts";
import { createIdSource } from "../base/id.ts";
import type { Service } from "../base/service.ts";
import { EscapementError } from "../base/errors.ts";
import { Control } from "../control/control.ts";
import { Journal } from "../journal/journal.ts";
import { Dispatcher } from "../runs/dispatcher.ts";
import { Retention } from "../runs/retention.ts";
import { Runs } from "../runs/runs.ts";
import type { FireReport } from "../storage/tasks.ts";
import { standardActions } from "../subsystems/standard-actions.ts";
import { Tasks } from "../tasks/tasks.ts";
import { Ticker } from "../tasks/ticker.ts";
import { Life } from "./life.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { readOptions, type RuntimeOptions, type Settings } from "./options.ts";
import type { Observer, Runtime } from "./runtime.ts";
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
  const observers = new Set<Observer>();
  const dispatcher =
    settings.work === false
      ? undefined
      : new Dispatcher({ storage, registry, clock, random, node, onError }, settings.work);
  const runParts = { registry, clock, newId: createIdSource(clock, random), dispatcher };
  const runs = new Runs({ ...runParts, storage });
  const control = new Control(storage, clock);
  const retention = new Retention(storage, clock, settings.retention);
  const ticker = new Ticker({
    storage,
    registry,
    clock,
    onError,
    onFire: (report) => hearFire(report, dispatcher, observers),
  });
  const services: Service[] = [
    new LeaseKeeper({ storage, clock, node, onError }),
    ...(dispatcher === undefined ? [] : [dispatcher]),
    ticker,
  ];
  for (const [name, action] of standardActions({ control, retention })) registry.define(name, action);

  const journal = new Journal(storage, clock);
  const life = new Life(services, dispatcher, async () => {
    journal.close();
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
    nodes: { list: () => storage.nodes.list() },
    retention,
    action<Input, Output>(name: string, described: ActionOptions<Input, Output>) {
      const action = registry.define(name, described);
      dispatcher?.wake();
      return action;
    },
    transaction: transactionOver({ ...runParts, storage }),
    backup: (file) => storage.backup(file),
    doctor: () => storage.inspect(),
    start: () => life.start(),
    stop,
    activeRuns: () => dispatcher?.active ?? 0,
    observe(observer) {
      observers.add(observer);
      return () => void observers.delete(observer);
    },
    [Symbol.asyncDispose]: () => stop(),
  };
}

function hearFire(
  report: FireReport,
  dispatcher: Dispatcher | undefined,
  observers: ReadonlySet<Observer>,
): void {
  for (const id of report.cancelled) {
    dispatcher?.abort(
      id,
      new EscapementError("run.cancelled", "The next run of the task has taken this one's place."),
    );
  }
  for (const observer of observers) observer.onFire?.(report);
}
