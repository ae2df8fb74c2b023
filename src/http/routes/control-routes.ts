// The control plane over HTTP: what is stopped, and the switches, clusters and limits that stop it.
import { EscapementError } from "../../base/errors.ts";
import {
  clusterInput,
  clusterView,
  controlView,
  killInput,
  limitInput,
  restoredView,
  restoreInput,
  type ClusterInput,
} from "../../contract/control.ts";
import { nothing } from "../../contract/input.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { ok } from "../reply.ts";
import { route, type Route } from "../route.ts";

const code = "control.invalid";

export function controlRoutes(runtime: Runtime): readonly Route[] {
  return [...switches(runtime), ...clusters(runtime)];
}

function switches({ control }: Runtime): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/control",
      needs: "viewer",
      summary: "What is killed, and the clusters with their limits.",
      code,
      query: nothing,
      body: nothing,
      answer: controlView,
      handle: async () => ok(await control.status()),
    }),
    route({
      method: "POST",
      path: "/control/kill",
      needs: "admin",
      summary: "Stops work in a scope: nothing of it is claimed any more. Answers with what is killed then.",
      code,
      query: nothing,
      body: killInput,
      answer: controlView,
      async handle({ body, actor }) {
        await control.kill({ ...body, actor });
        return ok(await control.status());
      },
    }),
    route({
      method: "POST",
      path: "/control/restore",
      needs: "admin",
      summary: "Lets a scope run again; `restored` is false when it was not killed.",
      code,
      query: nothing,
      body: restoreInput,
      answer: restoredView,
      handle: async ({ body, actor }) => ok({ restored: await control.restore({ ...body, actor }) }),
    }),
  ];
}

function clusters({ control }: Runtime): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/control/clusters/:id",
      needs: "viewer",
      summary: "One cluster.",
      code,
      query: nothing,
      body: nothing,
      answer: clusterView,
      async handle({ id }) {
        const cluster = await control.clusters.get(id);
        if (cluster !== undefined) return ok(cluster);
        throw new EscapementError(
          "cluster.not-found",
          `There is no cluster ${JSON.stringify(id)}: the status of control lists those that exist.`,
          { details: { id } },
        );
      },
    }),
    route({
      method: "PUT",
      path: "/control/clusters/:id",
      needs: "admin",
      summary: "Defines a cluster, names it, enables or disables it.",
      code,
      query: nothing,
      body: clusterInput,
      answer: clusterView,
      handle: async ({ id, body, actor }) => ok(await changeCluster(control, id, body, actor)),
    }),
    route({
      method: "PUT",
      path: "/control/clusters/:id/limit",
      needs: "admin",
      summary:
        "How many runs of the cluster may start per period (default 1m); a limit of null takes it away.",
      code,
      query: nothing,
      body: limitInput,
      answer: clusterView,
      async handle({ id, body: { limit, ...rest }, actor }) {
        if (limit === null) return ok(await control.limits.clear(id, { actor }));
        return ok(await control.limits.set(id, { limit, ...rest }, { actor }));
      },
    }),
  ];
}

async function changeCluster(
  control: Runtime["control"],
  id: string,
  { enabled, label, reason }: ClusterInput,
  actor: string,
) {
  const why = reason === undefined ? {} : { reason };
  if (label === undefined && enabled !== undefined) return change(control, id, enabled, { ...why, actor });
  const defined = await control.clusters.define(id, { ...(label === undefined ? {} : { label }), actor });
  return enabled === undefined ? defined : change(control, id, enabled, { ...why, actor });
}

function change(
  control: Runtime["control"],
  id: string,
  enabled: boolean,
  options: { readonly reason?: string; readonly actor: string },
) {
  return enabled ? control.clusters.enable(id, options) : control.clusters.disable(id, options);
}
