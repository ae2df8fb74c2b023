// Parsed schedules kept between ticks, so that a task is parsed once per version and a million tasks cost no memory:
// only the ones that fire often stay.
import type { Rule } from "../schedule/rule.ts";
import { ruleOf } from "./rule-of.ts";
import type { TaskState } from "./task-state.ts";

const defaultSize = 20_000;

export class RuleCache {
  readonly #size: number;
  readonly #rules = new Map<string, { readonly schedule: string; readonly rule: Rule }>();

  constructor(size: number = defaultSize) {
    this.#size = size;
  }

  of(state: TaskState): Rule {
    // Not the version: a transaction that is rolled back takes its version back, and another definition may get it.
    const schedule = JSON.stringify(state.definition);
    const kept = this.#rules.get(state.id);
    if (kept?.schedule === schedule) return kept.rule;
    const rule = ruleOf(state.id, state.definition);
    const oldest = this.#rules.size >= this.#size ? this.#rules.keys().next().value : undefined;
    if (oldest !== undefined) this.#rules.delete(oldest);
    this.#rules.set(state.id, { schedule, rule });
    return rule;
  }
}
