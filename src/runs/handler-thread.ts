// The entry of the thread of an isolated handler: loads its module, calls it once with a context whose node is far away,
// and reports how that ended. The node ends the thread then, whatever the handler has left running in it.
import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import { Directive, type RunContext } from "../actions/run-context.ts";
import { errorData } from "../base/error-data.ts";
import { EscapementError } from "../base/errors.ts";
import { encodeJson } from "../base/json.ts";
import { AttemptContext, type Ended } from "./context.ts";
import { RemoteHost } from "./remote-host.ts";
import type { FromThread, ThreadEnded, ThreadStart } from "./thread-messages.ts";

type Handler = (input: unknown, ctx: RunContext) => unknown;

if (parentPort !== null) await serve(parentPort, workerData);

async function serve(port: MessagePort, start: ThreadStart): Promise<void> {
  const { module, run, input } = start;
  const report = (ended: Ended): void => {
    port.postMessage({ kind: "ended", ended: pack(ended, start.payloadLimit) } satisfies FromThread);
  };
  const context = new AttemptContext(new RemoteHost(port, start), run, report);
  try {
    const handler = await loadHandler(module);
    report(context.conclude({ value: await handler(input, context) }));
  } catch (thrown) {
    report(context.conclude({ thrown }));
  }
}

/** Throws `module.invalid`, and what the module throws. */
async function loadHandler(module: string): Promise<Handler> {
  const loaded: { readonly default?: unknown } = await import(module);
  if (isHandler(loaded.default)) return loaded.default;
  throw new EscapementError(
    "module.invalid",
    `The module ${module} has no handler: its default export must be a function (input, ctx) => output.`,
  );
}

function isHandler(value: unknown): value is Handler {
  return typeof value === "function";
}

function pack(ended: Ended, payloadLimit: number): ThreadEnded {
  if (!("value" in ended)) return ended;
  const { value } = ended;
  if (value instanceof Directive) return { directive: { kind: value.kind, value: value.value } };
  try {
    return { result: encodeJson(value, payloadLimit) };
  } catch (error) {
    return { error: errorData(error) };
  }
}
