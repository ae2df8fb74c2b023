// The gate over HTTP. Whoever may only look is told so by the answer to a release, as a console has to show it; whoever
// may not even do that is refused before.
import {
  gateChangeView,
  gateInput,
  gateQuery,
  gateView,
  nextInput,
  releaseView,
} from "../../contract/gate.ts";
import { nothing } from "../../contract/input.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { ok } from "../reply.ts";
import { route, type Route } from "../route.ts";

const code = "gate.invalid";

export function gateRoutes({ gate }: Runtime): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/gate",
      needs: "viewer",
      summary: "The gates that are shut, and what the next release from a scope would let go.",
      code,
      query: gateQuery,
      body: nothing,
      answer: gateView,
      handle: async ({ query: { scope } }) =>
        ok({ pending: await gate.pending(scope), gates: await gate.list() }),
    }),
    route({
      method: "POST",
      path: "/gate",
      needs: "admin",
      summary: "Holds a scope (`stepper`) or lets it go (`realtime`).",
      code,
      query: nothing,
      body: gateInput,
      answer: gateChangeView,
      async handle({ body: { scope, mode, ...rest }, actor }) {
        const changed = await gate.set(scope, mode, { ...rest, actor });
        return ok({ changed, gates: await gate.list() });
      },
    }),
    route({
      method: "POST",
      path: "/gate/next",
      needs: "viewer",
      summary:
        "Lets exactly one start go, the oldest due one; an operator's work: a viewer is answered `read_only`. The header Idempotency-Key is the key of a body that has none.",
      code,
      query: nothing,
      body: nextInput,
      answer: releaseView,
      async handle({ body: { scope, ...asked }, actor, role, header }) {
        if (role === "viewer") return ok({ status: "blocked", reason: "read_only" });
        const key = asked.key ?? header("idempotency-key");
        return ok(await gate.next(scope, { ...asked, ...(key === undefined ? {} : { key }), actor }));
      },
    }),
  ];
}
