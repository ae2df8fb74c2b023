// Tasks over HTTP: look at them, define them, start and stop them, make runs of them.
import { EscapementError, invalidInput } from "../../base/errors.ts";
import { nothing } from "../../contract/input.ts";
import { runView } from "../../contract/run.ts";
import {
  backfillInput,
  backfillView,
  stopInput,
  taskInput,
  taskListQuery,
  taskPage,
  taskView,
  triggerInput,
} from "../../contract/task.ts";
import { none } from "../../contract/view.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { pathOf } from "../base-path.ts";
import { created, done, ok } from "../reply.ts";
import { route, type Route } from "../route.ts";
import { expectedVersion, versionTag } from "../version-tag.ts";

const code = "task.invalid";

export function taskRoutes(runtime: Runtime): readonly Route[] {
  return [...readings(runtime), ...definitions(runtime), ...workings(runtime)];
}

function readings({ tasks }: Runtime): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/tasks",
      needs: "viewer",
      summary: "The tasks, in the order of their ids.",
      code,
      query: taskListQuery,
      body: nothing,
      answer: taskPage,
      handle: async ({ query }) => ok(await tasks.list(query)),
    }),
    route({
      method: "GET",
      path: "/tasks/:id",
      needs: "viewer",
      summary: "One task, with the version of its definition as ETag.",
      code,
      query: nothing,
      body: nothing,
      answer: taskView,
      async handle({ id }) {
        const task = await tasks.get(id);
        if (task === undefined) throw missing(id);
        return ok(task, versionTag(task.version));
      },
    }),
  ];
}

function definitions({ tasks }: Runtime): readonly Route[] {
  return [
    route({
      method: "PUT",
      path: "/tasks/:id",
      needs: "admin",
      summary:
        "Creates a task or replaces its definition; counters and history stay. Takes If-Match and If-None-Match: *.",
      statuses: [200, 201],
      headers: {
        "if-match": "the ETag of the version that is to be replaced",
        "if-none-match": "`*`: only where there is none yet",
      },
      code,
      query: nothing,
      body: taskInput,
      answer: taskView,
      async handle({ id, body, actor, header }) {
        if (body.id !== undefined && body.id !== id) {
          const message = `is ${JSON.stringify(body.id)}, but the path says ${JSON.stringify(id)}`;
          throw invalidInput(code, "Cannot tell which task is meant.", [{ field: "id", message }]);
        }
        const condition = expectedVersion(header);
        const before = await tasks.get(id);
        const task = await tasks.register({ ...body, id }, { ...condition, actor });
        const tag = versionTag(task.version);
        return before === undefined ? created(task, pathOf("tasks", id), tag) : ok(task, tag);
      },
    }),
    route({
      method: "DELETE",
      path: "/tasks/:id",
      needs: "admin",
      summary: "Takes the definition away; its runs and its ledger stay.",
      statuses: [204],
      code,
      query: nothing,
      body: nothing,
      answer: none,
      async handle({ id, actor }) {
        await tasks.remove(id, { actor });
        return done;
      },
    }),
  ];
}

function workings({ tasks }: Runtime): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/tasks/:id/start",
      needs: "operator",
      summary: "Lets the task fire again; the times that passed meanwhile are skipped as paused.",
      code,
      query: nothing,
      body: nothing,
      answer: taskView,
      handle: async ({ id, actor }) => ok(await tasks.start(id, { actor })),
    }),
    route({
      method: "POST",
      path: "/tasks/:id/stop",
      needs: "operator",
      summary: "Keeps the task from firing; a run under way goes on to its end.",
      code,
      query: nothing,
      body: stopInput,
      answer: taskView,
      handle: async ({ id, body, actor }) => ok(await tasks.stop(id, { ...body, actor })),
    }),
    route({
      method: "POST",
      path: "/tasks/:id/trigger",
      needs: "operator",
      summary:
        "Makes a run of the task now, beside its schedule. The header Idempotency-Key is the key of the run.",
      statuses: [201],
      headers: { "idempotency-key": "the key of the run" },
      code,
      query: nothing,
      body: triggerInput,
      answer: runView,
      async handle({ id, body, actor, header }) {
        const key = header("idempotency-key");
        const run = await tasks.trigger(id, { ...body, ...(key === undefined ? {} : { key }), actor });
        return created(run, pathOf("runs", run.id));
      },
    }),
    route({
      method: "POST",
      path: "/tasks/:id/backfill",
      needs: "operator",
      summary: "Makes runs for the nominal times from `from` to `to`, both included, that have not run yet.",
      code,
      query: nothing,
      body: backfillInput,
      answer: backfillView,
      handle: async ({ id, body, actor }) => ok(await tasks.backfill(id, { ...body, actor })),
    }),
  ];
}

function missing(id: string): EscapementError {
  return new EscapementError(
    "task.not-found",
    `There is no task ${JSON.stringify(id)}: the list of tasks has the ids that exist.`,
    { details: { id } },
  );
}
