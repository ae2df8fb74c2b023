// The journal over HTTP: read it in pages.
import { nothing } from "../../contract/input.ts";
import { eventPage, journalQuery } from "../../contract/journal.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { ok } from "../reply.ts";
import { route, type Route } from "../route.ts";

const defaultPage = 100;

export function journalRoutes({ journal }: Runtime): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/journal",
      needs: "viewer",
      summary:
        "Events: newest first, and `next` is the next `before`; with `after` oldest first, and `next` is the next `after`.",
      code: "journal.invalid",
      query: journalQuery,
      body: nothing,
      answer: eventPage,
      async handle({ query }) {
        const limit = query.limit ?? defaultPage;
        const items = await journal.read({ ...query, limit });
        const last = items.at(-1);
        const full = items.length === limit && last !== undefined;
        return ok(full ? { items, next: String(last.seq) } : { items });
      },
    }),
  ];
}
