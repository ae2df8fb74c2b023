// Short ways to move a gate, for the rules about gates.
import type { PendingWork, ReleaseAnswer } from "../../storage/gate.ts";
import type { World } from "./world.ts";

type Asked = { readonly expectedHead?: number; readonly key?: string; readonly actor?: string };

export function next(world: World, scope = "all", asked: Asked = {}): Promise<ReleaseAnswer> {
  return world.storage.gate.next({ scope, actor: "user:ann", now: world.now, ...asked });
}

/** The id of the run that was released, or why none was. */
export async function press(world: World, scope = "all", asked: Asked = {}): Promise<string> {
  const answer = await next(world, scope, asked);
  return answer.status === "released" ? answer.event.subject.replace("run:", "") : answer.reason;
}

export function shut(world: World, scope = "all"): Promise<boolean> {
  return world.storage.gate.set({ scope, mode: "stepper", actor: "user:ann", now: world.now });
}

export function open(world: World, scope = "all"): Promise<boolean> {
  return world.storage.gate.set({ scope, mode: "realtime", actor: "user:ann", now: world.now });
}

export function pending(world: World, scope = "all"): Promise<PendingWork> {
  return world.storage.gate.pending({ scope, now: world.now });
}
