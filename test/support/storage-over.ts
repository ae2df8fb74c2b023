// A storage with some of its parts exchanged, so that a test can make it fail or watch it.
import { backupToFile } from "../../src/copy/backup-to-file.ts";
import type { Storage } from "../../src/storage/storage.ts";

export function storageOver(storage: Storage, parts: Partial<Storage>): Storage {
  const {
    address,
    shared,
    runs,
    steps,
    tasks,
    processes,
    journal,
    cursors,
    control,
    gate,
    nodes,
    retention,
    documents,
    dump,
  } = storage;
  return {
    address,
    shared,
    runs,
    steps,
    tasks,
    processes,
    journal,
    cursors,
    control,
    gate,
    nodes,
    retention,
    documents,
    dump,
    open: () => storage.open(),
    close: () => storage.close(),
    transaction: (work, options) => storage.transaction(work, options),
    probe: () => storage.probe(),
    snapshot: (work) => storage.snapshot(work),
    within: (connection) => storage.within(connection),
    backup: (file) => backupToFile(storage, file),
    inspect: (request) => storage.inspect(request),
    onCommit: (listener) => storage.onCommit(listener),
    settled: () => storage.settled(),
    ...parts,
  };
}
