// The nouns of a runtime that move: they claim, fire and fold, and their services start and stop with it.
import { ActionRegistry } from "../actions/registry.ts";
import { createIdSource, type IdSource } from "../base/id.ts";
import type { Service } from "../base/service.ts";
import { ProcessDesk } from "../processes/process-desk.ts";
import { Dispatcher } from "../runs/dispatcher.ts";
import { Runs } from "../runs/runs.ts";
import { EmbedSoon } from "../subsystems/memory/embed-soon.ts";
import { Tasks } from "../tasks/tasks.ts";
import { Ticker } from "../tasks/ticker.ts";
import type { Keepers } from "./keepers.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { Observers } from "./observers.ts";
import type { Settings } from "./options.ts";

export interface Movers {
  readonly registry: ActionRegistry;
  /** Absent where this node executes nothing. */
  readonly dispatcher: Dispatcher | undefined;
  readonly newId: IdSource;
  readonly runs: Runs;
  readonly tasks: Tasks;
  readonly desk: ProcessDesk;
  readonly observers: Observers;
  /** In the order in which they start. */
  readonly services: readonly Service[];
}

export function createMovers(
  settings: Settings,
  { memory, stores }: Pick<Keepers, "memory" | "stores">,
): Movers {
  const { logger, work, ...rest } = settings;
  const onError = (error: unknown): void =>
    logger.error({ err: error }, "the storage refused a call of this node");
  const registry = new ActionRegistry();
  const observers = new Observers((error) => logger.error({ err: error }, "an observer threw"));
  const parts = {
    ...rest,
    registry,
    memory,
    stores,
    onError,
    newId: createIdSource(rest.clock, rest.random),
  };
  const dispatcher = work === false ? undefined : new Dispatcher({ ...parts, runs: () => runs }, work);
  const runs = new Runs({ ...parts, dispatcher });
  const desk = new ProcessDesk({ ...parts, runs, work: work === false ? "no work" : "work" });
  const ticker = new Ticker({ ...parts, onFire: (report) => observers.hear(report, dispatcher) });
  const workers = [dispatcher, desk.worker].filter((worker) => worker !== undefined);
  const embedding = settings.embedder === undefined ? [] : [new EmbedSoon({ ...parts, runs })];
  return {
    registry,
    dispatcher,
    newId: parts.newId,
    runs,
    tasks: new Tasks({ ...parts, runs }),
    desk,
    observers,
    services: [new LeaseKeeper(parts), ...workers, ticker, ...embedding],
  };
}
