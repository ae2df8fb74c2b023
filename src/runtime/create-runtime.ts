// Assembles a runtime from its parts. Decides nothing.
import type { ActionDescription } from "../actions/action.ts";
import { ActionRegistry } from "../actions/registry.ts";
import { parseDuration } from "../base/duration.ts";
import { createIdSource } from "../base/id.ts";
import type { Service } from "../base/service.ts";
import { backupToFile } from "../copy/backup-to-file.ts";
import { Control } from "../control/control.ts";
import { Gate } from "../gate/gate.ts";
import type { ProcessOptions } from "../process/definition.ts";
import { ProcessDesk } from "../processes/process-desk.ts";
import { JournalArchive } from "../journal/archive.ts";
import { Journal } from "../journal/journal.ts";
import { JournalRetention } from "../journal/journal-retention.ts";
import { Dispatcher } from "../runs/dispatcher.ts";
import { Retention } from "../runs/retention.ts";
import { Runs } from "../runs/runs.ts";
import { refuseUnfinished } from "../storage/copy-target.ts";
import { standardActions } from "../subsystems/standard-actions.ts";
import { Tasks } from "../tasks/tasks.ts";
import { Ticker } from "../tasks/ticker.ts";
import { Life } from "./life.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { readOptions, type RuntimeOptions, type Settings } from "./options.ts";
import { Observers } from "./observers.ts";
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
  const { storage, clock, random, logger, node, leaseMs, payloadLimit } = settings;
  const onError = (error: unknown): void =>
    logger.error({ err: error }, "the storage refused a call of this node");
  const registry = new ActionRegistry();
  const observers = new Observers((error) => logger.error({ err: error }, "an observer threw"));
  const parts = { storage, registry, clock, random, node, payloadLimit, onError };
  const dispatcher =
    settings.work === false ? undefined : new Dispatcher({ ...parts, runs: () => runs }, settings.work);
  const runParts = { ...parts, newId: createIdSource(clock, random), dispatcher };
  const runs = new Runs(runParts);
  const work = settings.work === false ? "no work" : "work";
  const desk = new ProcessDesk({ ...runParts, runs, work });
  const { control, journal, retention, ...others } = nounsOver(settings);
  const ticker = new Ticker({ ...parts, onFire: (report) => observers.hear(report, dispatcher) });
  const services: Service[] = [
    new LeaseKeeper({ ...parts, leaseMs }),
    ...(dispatcher === undefined ? [] : [dispatcher]),
    ...(desk.worker === undefined ? [] : [desk.worker]),
    ticker,
  ];
  const { processes } = desk;
  const builtIn = standardActions({ control, processes, retention, outgoing: settings.outgoing });
  for (const [name, action] of builtIn.all) registry.define(name, action);

  const life = new Life(services, dispatcher, async (drainMs) => {
    builtIn[Symbol.dispose]();
    await journal.close(drainMs);
    await storage.close();
  });
  const stop: Runtime["stop"] = (how = {}) => life.stop(parseDuration(how.drain ?? defaultDrain));
  return {
    node,
    storage: storage.address,
    payloadLimit,
    actions: registry,
    tasks: new Tasks({ ...parts, runs }),
    runs,
    processes,
    control,
    journal,
    retention,
    ...others,
    action<Input, Output>(name: string, described: ActionDescription<Input, Output>) {
      const action = registry.define(name, described);
      dispatcher?.wake();
      return action;
    },
    process: <State, Inputs>(name: string, described: ProcessOptions<State, Inputs>) =>
      desk.define(name, described),
    ...transactionsOver({ ...runParts, desk }),
    backup: (file) => backupToFile(storage, file),
    doctor: () => storage.inspect({ now: clock.now() }),
    start: () => life.start(),
    stop,
    activeRuns: () => dispatcher?.active ?? 0,
    observe: (observer) => observers.add(observer),
    [Symbol.asyncDispose]: () => stop(),
  };
}

/** The nouns that need nothing but the storage and the time. */
function nounsOver(
  settings: Settings,
): Pick<Runtime, "control" | "gate" | "journal" | "nodes" | "retention"> {
  const { storage, clock } = settings;
  return {
    ...assembleJournal(settings),
    control: new Control(storage, clock),
    gate: new Gate(storage, clock),
    nodes: { list: () => storage.nodes.list() },
  };
}

function assembleJournal({ storage, clock, logger, node, payloadLimit, ...settings }: Settings): {
  readonly journal: Journal;
  readonly retention: Retention;
} {
  const archive = settings.archive === undefined ? undefined : new JournalArchive(settings.archive);
  const onError = (error: unknown): void =>
    logger.error({ err: error }, "a subscription failed and tries again");
  const ending = new JournalRetention(storage, archive);
  return {
    journal: new Journal(storage, clock, { node, archive, payloadLimit, onError }),
    retention: new Retention(storage, ending, clock, settings.retention),
  };
}
