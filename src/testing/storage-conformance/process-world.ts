// Short ways to send, claim and commit messages of processes, for the suites about them.
import assert from "node:assert/strict";
import type { NewMessage, ProcessCommit, ProcessRecord, SlotAnswer } from "../../storage/processes.ts";
import type { ClaimedProcess, MessageRecord } from "../../storage/processes.ts";
import type { World } from "./world.ts";

export class ProcessWorld {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  message(given: Partial<NewMessage> = {}): NewMessage {
    return { process: "counter/a", id: this.#world.newId(), name: "add", input: '{"by":1}', ...given };
  }

  /** One call of the storage; fails when one of them is busy. */
  async send(...given: readonly Partial<NewMessage>[]): Promise<readonly SlotAnswer[]> {
    const messages = given.map((one) => this.message(one));
    const { now, storage } = this.#world;
    const answers = await storage.processes.send({ messages, actor: "user:suite", now, inbox: 1_000 });
    return answers.map((answer) => {
      assert.ok("slot" in answer, "expected the message to be taken");
      return answer;
    });
  }

  claim(
    options: { readonly node?: string; readonly limit?: number; readonly names?: readonly string[] } = {},
  ): Promise<readonly ClaimedProcess[]> {
    const { node = "n1", limit = 10, names = ["counter", "other"] } = options;
    return this.#world.storage.processes.claim({ node, now: this.#world.now, names, limit, messages: 100 });
  }

  async claimOne(node = "n1"): Promise<ClaimedProcess> {
    const [claimed] = await this.claim({ node, limit: 1 });
    assert.ok(claimed, "expected a process to be claimable");
    return claimed;
  }

  /** Handles the first `count` messages of a claim: the entry of each slot is its number. */
  handled(claimed: ClaimedProcess, count: number, more: Partial<ProcessCommit> = {}): ProcessCommit {
    const { process, fence, folded: from } = claimed;
    const entries = JSON.stringify(Array.from({ length: count }, (_, index) => from + index));
    const folds = count === 0 ? [] : [{ slot: from, count, version: "1", entries }];
    return { process, fence, from, folds, snapshots: [], failed: [], ...more };
  }

  commit(commit: ProcessCommit, node = "n1"): Promise<number | null> {
    return this.commitAll([commit], node).then(([head = null]) => head);
  }

  commitAll(commits: readonly ProcessCommit[], node = "n1"): Promise<readonly (number | null)[]> {
    return this.#world.storage.processes.commit({ node, now: this.#world.now, commits });
  }

  release(claimed: ClaimedProcess, node = "n1"): Promise<void> {
    return this.#world.storage.processes.release({ node, now: this.#world.now, processes: [claimed] });
  }

  async get(id = "counter/a"): Promise<ProcessRecord> {
    const [record] = await this.#world.storage.processes.get({ ids: [id] });
    assert.ok(record, `process ${id} is gone`);
    return record;
  }

  /** Everything that the process was ever sent: what was handled with its entry, then what waits. */
  async line(process = "counter/a"): Promise<{ message: MessageRecord; entry?: unknown }[]> {
    const { processes } = this.#world.storage;
    const line: { message: MessageRecord; entry?: unknown }[] = [];
    for (let before = -1; before < line.length;) {
      before = line.length;
      for (const record of await processes.history({ process, from: before, limit: 7 })) {
        const entries: unknown = JSON.parse(record.entries);
        assert.ok(Array.isArray(entries));
        for (const [index, message] of record.messages.entries())
          if (message.slot >= line.length) line.push({ message, entry: entries[index] });
      }
    }
    const waiting = await processes.messages({ process, from: line.length, limit: 1_000 });
    return [...line, ...waiting.map((message) => ({ message }))];
  }
}
