// Runs over HTTP: make them, look at them, end them, redrive them.
import { EscapementError } from "../../base/errors.ts";
import { nothing } from "../../contract/input.ts";
import {
  cancelInput,
  enqueuedView,
  enqueueInput,
  retryInput,
  retryView,
  runCounts,
  runListQuery,
  runPage,
  runView,
} from "../../contract/run.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { base, pathOf } from "../base-path.ts";
import { created, ok } from "../reply.ts";
import { route, type Route } from "../route.ts";

const code = "run.invalid";

export function runRoutes(runtime: Runtime): readonly Route[] {
  // Counts first: the other path would take "counts" for an id.
  return [...readings(runtime), ...makings(runtime), ...workings(runtime)];
}

function readings({ runs }: Runtime): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/runs/counts",
      needs: "viewer",
      summary: "How many runs stand in each state; the finished ones since the beginning.",
      code,
      query: nothing,
      body: nothing,
      answer: runCounts,
      handle: async () => ok(await runs.counts()),
    }),
    route({
      method: "GET",
      path: "/runs",
      needs: "viewer",
      summary: "Runs, newest first; errors without their stacks.",
      code,
      query: runListQuery,
      body: nothing,
      answer: runPage,
      handle: async ({ query }) => ok(await runs.list(query)),
    }),
    route({
      method: "GET",
      path: "/runs/:id",
      needs: "viewer",
      summary: "One run with everything that is known of it.",
      code,
      query: nothing,
      body: nothing,
      answer: runView,
      async handle({ id }) {
        const run = await runs.get(id);
        if (run !== undefined) return ok(run);
        throw new EscapementError(
          "run.not-found",
          `There is no run ${JSON.stringify(id)}: it never was, or retention has deleted it.`,
          { details: { id } },
        );
      },
    }),
  ];
}

function makings({ runs }: Runtime): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/runs",
      needs: "operator",
      summary:
        "Makes one run, or all of `items` in one transaction. The header Idempotency-Key is the key of a run that names none; those of `items` get it with their numbers.",
      statuses: [201],
      headers: { "idempotency-key": "the key of a run that names none" },
      code,
      query: nothing,
      body: enqueueInput,
      answer: enqueuedView,
      async handle({ body, actor, header }) {
        if ("items" in body) {
          const once = header("idempotency-key");
          const keyed = (item: (typeof body.items)[number], index: number): typeof item =>
            once === undefined ? item : { key: `${once}/${index}`, ...item };
          const items = await runs.enqueueMany(body.items.map(keyed), { actor });
          return created({ items }, `${base}/runs`);
        }
        const { action, input, key = header("idempotency-key"), ...options } = body;
        const once = key === undefined ? {} : { key };
        const run = await runs.enqueue(action, input, { ...options, ...once, actor });
        return created(run, pathOf("runs", run.id));
      },
    }),
  ];
}

function workings({ runs }: Runtime): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/runs/retry",
      needs: "operator",
      summary: "Puts every failed run that fits back to waiting; with `dryRun` it only says how many.",
      code,
      query: nothing,
      body: retryInput,
      answer: retryView,
      async handle({ body: { dryRun = false, ...filter }, actor }) {
        return ok(await runs.retryMany(filter, { dryRun, actor }));
      },
    }),
    route({
      method: "POST",
      path: "/runs/:id/cancel",
      needs: "operator",
      summary: "Ends the run as cancelled, wherever it is; a handler under way is told by its signal.",
      code,
      query: nothing,
      body: cancelInput,
      answer: runView,
      handle: async ({ id, body, actor }) => ok(await runs.cancel(id, { ...body, actor })),
    }),
    route({
      method: "POST",
      path: "/runs/:id/retry",
      needs: "operator",
      summary: "Puts a failed run back to waiting, with all its attempts.",
      code,
      query: nothing,
      body: nothing,
      answer: runView,
      handle: async ({ id, actor }) => ok(await runs.retry(id, { actor })),
    }),
  ];
}
