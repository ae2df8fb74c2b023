// The memory of a handler in a thread: loaded when it is first asked for something, because a thread that never asks should
// start quickly.
import type { Memory } from "../memory/memory.ts";
import type { MemoryView } from "../memory/memory-view.ts";

export class LazyMemory implements MemoryView {
  readonly refs: MemoryView["refs"];
  readonly #load: () => Promise<Memory>;

  constructor(load: () => Promise<Memory>) {
    this.#load = load;
    this.refs = {
      get: async (...given) => (await load()).refs.get(...given),
      set: async (...given) => (await load()).refs.set(...given),
      list: async (...given) => (await load()).refs.list(...given),
      log: async (...given) => (await load()).refs.log(...given),
    };
  }

  readonly append: MemoryView["append"] = async (...given) => (await this.#load()).append(...given);
  readonly appendMany: MemoryView["appendMany"] = async (...given) =>
    (await this.#load()).appendMany(...given);
  readonly get: MemoryView["get"] = async (...given) => (await this.#load()).get(...given);
  readonly has: MemoryView["has"] = async (...given) => (await this.#load()).has(...given);
  readonly list: MemoryView["list"] = async (...given) => (await this.#load()).list(...given);
  readonly lineage: MemoryView["lineage"] = async (...given) => (await this.#load()).lineage(...given);
  readonly search: MemoryView["search"] = async (...given) => (await this.#load()).search(...given);
  readonly forget: MemoryView["forget"] = async (...given) => (await this.#load()).forget(...given);
  readonly purge: MemoryView["purge"] = async (...given) => (await this.#load()).purge(...given);
  readonly point: MemoryView["point"] = async () => (await this.#load()).point();
  readonly at: MemoryView["at"] = async (...given) => (await this.#load()).at(...given);
  readonly remember: MemoryView["remember"] = async (...given) => (await this.#load()).remember(...given);
  readonly recall: MemoryView["recall"] = async (...given) => (await this.#load()).recall(...given);
  readonly retain: MemoryView["retain"] = async (...given) => (await this.#load()).retain(...given);
  readonly addVectors: MemoryView["addVectors"] = async (...given) =>
    (await this.#load()).addVectors(...given);

  async *changes(...given: Parameters<MemoryView["changes"]>): ReturnType<MemoryView["changes"]> {
    yield* (await this.#load()).changes(...given);
  }
}
