// The storage of a chaos node, by its address.
import { postgres } from "../../src/postgres/index.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import type { Storage } from "../../src/storage/storage.ts";

export function openChaosStorage(address: string): Storage {
  return address.startsWith("postgres:") ? postgres(address) : sqlite(address);
}
