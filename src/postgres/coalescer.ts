// Calls of many callers as few statements. What is asked while earlier calls are under way is collected and sent
// together, so a single caller waits for nobody and a thousand callers share a round trip and a commit.

const underWayAtOnce = 2;

interface Pending<Item, Value> {
  readonly item: Item;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

export interface CoalescerOptions<Item> {
  /** How much work an item is; a group takes no more once it holds `enough`. */
  readonly weightOf: (item: Item) => number;
  readonly enough: number;
  /** Whether the group may be tried again one by one after this error, so that a bad item harms nobody else. */
  readonly isOneBad: (error: unknown) => boolean;
}

export class Coalescer<Item, Value> {
  readonly #send: (items: readonly Item[]) => Promise<readonly Value[]>;
  readonly #options: CoalescerOptions<Item>;
  #waiting: Pending<Item, Value>[] = [];
  #underWay = 0;
  #flushing = false;

  /** `send` answers in the order of the items. */
  constructor(send: (items: readonly Item[]) => Promise<readonly Value[]>, options: CoalescerOptions<Item>) {
    this.#send = send;
    this.#options = options;
  }

  call(item: Item): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#flushing || this.#underWay >= underWayAtOnce) return;
      this.#flushing = true;
      queueMicrotask(() => {
        this.#flushing = false;
        this.#flush();
      });
    });
  }

  #flush(): void {
    while (this.#waiting.length > 0 && this.#underWay < underWayAtOnce) {
      this.#underWay += 1;
      void this.#sendGroup(this.#takeGroup()).finally(() => {
        this.#underWay -= 1;
        this.#flush();
      });
    }
  }

  #takeGroup(): Pending<Item, Value>[] {
    const { weightOf, enough } = this.#options;
    let weight = 0;
    const last = this.#waiting.findIndex((pending) => {
      weight += weightOf(pending.item);
      return weight >= enough;
    });
    return this.#waiting.splice(0, last === -1 ? this.#waiting.length : last + 1);
  }

  /** Never rejects: every caller hears of its own. */
  async #sendGroup(group: readonly Pending<Item, Value>[]): Promise<void> {
    try {
      const values = await this.#send(group.map((pending) => pending.item));
      for (const [index, pending] of group.entries()) {
        const value = values[index];
        if (value === undefined) pending.reject(new Error("A group of calls was not answered."));
        else pending.resolve(value);
      }
    } catch (error) {
      if (group.length > 1 && this.#options.isOneBad(error)) {
        for (const pending of group) await this.#sendGroup([pending]);
        return;
      }
      for (const pending of group) pending.reject(error);
    }
  }
}
