// A storage with some of its parts exchanged, so that a test can make it fail or watch it.
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
    open: () => storage.open(),
    close: () => storage.close(),
    transaction: (work, options) => storage.transaction(work, options),
    within: (connection) => storage.within(connection),
    backup: (file) => storage.backup(file),
    inspect: (request) => storage.inspect(request),
    onCommit: (listener) => storage.onCommit(listener),
    settled: () => storage.settled(),
    ...parts,
  };
}
