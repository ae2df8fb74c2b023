// The nouns of a runtime that keep and answer, and move nothing by themselves: they need the storage and the time.
import { createIdSource } from "../base/id.ts";
import { Control } from "../control/control.ts";
import { Gate } from "../gate/gate.ts";
import { JournalArchive } from "../journal/archive.ts";
import { Journal } from "../journal/journal.ts";
import { JournalRetention } from "../journal/journal-retention.ts";
import { Memory } from "../memory/memory.ts";
import { Retention } from "../runs/retention.ts";
import { Stores } from "../stores/stores.ts";
import { Tables } from "../tables/tables.ts";
import type { Settings } from "./options.ts";
import type { Runtime } from "./runtime.ts";

export interface Keepers extends Pick<Runtime, "nodes"> {
  readonly control: Control;
  readonly gate: Gate;
  readonly journal: Journal;
  readonly memory: Memory;
  readonly retention: Retention;
  readonly stores: Stores;
  readonly tables: Tables;
}

export function createKeepers(settings: Settings): Keepers {
  const { storage, clock, logger, node, payloadLimit } = settings;
  const archive = settings.archive === undefined ? undefined : new JournalArchive(settings.archive);
  const onError = (error: unknown): void =>
    logger.error({ err: error }, "a subscription failed and tries again");
  const ending = new JournalRetention(storage, archive);
  return {
    control: new Control(storage, clock),
    gate: new Gate(storage, clock),
    journal: new Journal(storage, clock, { node, archive, payloadLimit, onError }),
    memory: new Memory({ ...settings, newId: createIdSource(clock, settings.random) }),
    nodes: { list: () => storage.nodes.list() },
    retention: new Retention(storage, ending, clock, settings.retention),
    stores: new Stores({ storage, clock, payloadLimit }),
    tables: new Tables(storage),
  };
}
