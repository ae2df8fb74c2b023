// The processes of those that are killed: each message asks for a run, a message to the mirror of its process and an
// event, which are counted where they arrive.
import { z } from "zod";
import { effects } from "../../src/process/effects.ts";
import { postgres } from "../../src/postgres/index.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { sqlite } from "../../src/sqlite/index.ts";
import type { Storage } from "../../src/storage/storage.ts";

export const rooms = 6;

export function openStorage(address: string): Storage {
  return address.startsWith("postgres:") ? postgres(address) : sqlite(address);
}

export function addProcesses(runtime: Runtime): void {
  runtime.action("note:down", {
    input: z.object({ room: z.string(), slot: z.number() }),
    retry: { attempts: 50, delay: 5, factor: 1, jitter: false },
    run: (input) => input,
  });
  runtime.process("room", {
    state: z.object({ count: z.number(), last: z.array(z.string()) }),
    initial: () => ({ count: 0, last: [] }),
    snapshotEvery: 10,
    messages: {
      say: {
        input: z.string(),
        handle({ count, last }, text, { slot, process }) {
          if (text.endsWith("7")) throw new Error(`not ${text}`);
          const room = process.slice("room/".length);
          return {
            state: { count: count + 1, last: [...last, text].slice(-5) },
            output: count,
            effects: [
              effects.enqueue("note:down", { room, slot }),
              effects.send("mirror", room, "seen", slot),
              effects.publish("room.said", { room, slot }),
            ],
          };
        },
      },
    },
  });
  runtime.process("mirror", {
    state: z.array(z.number()),
    initial: () => [],
    messages: { seen: { input: z.number(), handle: (all, slot) => ({ state: [...all, slot] }) } },
  });
}
