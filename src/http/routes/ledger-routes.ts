// What a schedule means and what became of it: previews, explanations, the ledger of nominal times.
import { parseInstant } from "../../base/instant.ts";
import { nothing } from "../../contract/input.ts";
import {
  explainQuery,
  explanationView,
  occurrencePage,
  occurrenceQuery,
  type Occurrence,
} from "../../contract/occurrence.ts";
import { previewInput, previewQuery, previewView } from "../../contract/task.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { ok } from "../reply.ts";
import { route, type Route } from "../route.ts";

const code = "task.invalid";
const defaultPage = 100;

export function ledgerRoutes(runtime: Runtime): readonly Route[] {
  return [...previews(runtime), ...outcomes(runtime)];
}

function previews({ tasks }: Runtime): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/tasks/preview",
      needs: "viewer",
      summary: "The next times of a task that is not saved yet, with notes on DST, exclusions and jitter.",
      code,
      query: nothing,
      body: previewInput,
      answer: previewView,
      handle: async ({ body: { task, ...options } }) => ok({ items: await tasks.preview(task, options) }),
    }),
    route({
      method: "GET",
      path: "/tasks/:id/preview",
      needs: "viewer",
      summary: "The next times of a task.",
      code,
      query: previewQuery,
      body: nothing,
      answer: previewView,
      handle: async ({ id, query }) => ok({ items: await tasks.preview(id, query) }),
    }),
  ];
}

function outcomes({ tasks }: Runtime): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/tasks/:id/explain",
      needs: "viewer",
      summary: "Why the task ran or did not run at an instant.",
      code,
      query: explainQuery,
      body: nothing,
      answer: explanationView,
      handle: async ({ id, query }) => ok(await tasks.explain(id, query.at)),
    }),
    route({
      method: "GET",
      path: "/tasks/:id/occurrences",
      needs: "viewer",
      summary: "Every nominal time with what became of it, oldest first, the skipped ones included.",
      code,
      query: occurrenceQuery,
      body: nothing,
      answer: occurrencePage,
      async handle({ id, query: { after, limit = defaultPage, ...range } }) {
        // A nominal time has one outcome, so the next page begins one millisecond later.
        const from = after === undefined ? {} : { from: parseInstant(after) + 1 };
        const items: Occurrence[] = [];
        for await (const one of tasks.occurrences(id, { ...range, ...from })) {
          const last = items.at(-1);
          if (items.length === limit && last !== undefined) return ok({ items, next: last.at.toISOString() });
          items.push(one);
        }
        return ok({ items });
      },
    }),
  ];
}
