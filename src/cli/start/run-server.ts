// The life of a server: open, register, listen, work, and at the first signal let work finish and close. Whatever
// fails on the way closes what was opened before.
import { serve } from "../../http/serve.ts";
import { createRuntime } from "../../runtime/create-runtime.ts";
import { registerDefaults } from "./default-tasks.ts";
import { JsonReporter } from "./json-reporter.ts";
import { LiveReporter } from "./live-reporter.ts";
import { loadModule } from "./load-module.ts";
import type { Reporter } from "./reporter.ts";
import type { StartSettings } from "./start-settings.ts";
import { StopSignals } from "./stop-signals.ts";

export interface ServerOptions {
  /** The path of the user's module. */
  readonly module?: string;
}

/** Resolves when the server was told to stop, and has stopped. */
export async function runServer(settings: StartSettings, options: ServerOptions = {}): Promise<void> {
  const reporter = createReporter(settings);
  using signals = new StopSignals(() => {
    process.stderr.write("Stopped at once: what was running is taken up again at the next start.\n");
    process.exit(1);
  });
  await work(settings, options, reporter, signals);
  await reporter.stopped();
}

async function work(
  settings: StartSettings,
  { module }: ServerOptions,
  reporter: Reporter,
  signals: StopSignals,
): Promise<void> {
  const { storage, archive, host, port, tokens, page, probes, payloadLimit } = settings;
  const onError = (error: unknown): void => reporter.error(error);
  await using opened = new AsyncDisposableStack();
  const runtime = await createRuntime({
    storage,
    ...(archive === undefined ? {} : { archive }),
    logger: { error: (details) => onError(causeOf(details)) },
    ...(payloadLimit === undefined ? {} : { payloadLimit }),
    outgoing: { allowedOrigins: probes.map(({ origin }) => origin) },
  });
  opened.defer(() => runtime.stop());
  await registerDefaults(runtime, probes, new Intl.DateTimeFormat().resolvedOptions().timeZone);
  // The module of the user may wait for something that never comes: Ctrl-C ends that, too.
  if (module !== undefined && !(await endsFirst(loadModule(module, runtime), signals.first))) return;
  const server = await serve(runtime, { host, port, tokens, page, onError });
  opened.defer(() => server.close());
  await reporter.begin(runtime);
  await runtime.start();
  await reporter.started(server.address);
  reporter.stopping(await signals.first);
}

/** False when `other` came first. Throws what `wanted` throws until then. */
function endsFirst(wanted: Promise<void>, other: Promise<unknown>): Promise<boolean> {
  return Promise.race([wanted.then(() => true), other.then(() => false)]);
}

function createReporter({ json }: StartSettings): Reporter {
  const { stdout, env, platform } = process;
  return stdout.isTTY && !json ? new LiveReporter(stdout, env, platform) : new JsonReporter(stdout);
}

/** A logger is told `{ err }`, as pino is. */
function causeOf(details: unknown): unknown {
  return typeof details === "object" && details !== null && "err" in details ? details.err : details;
}
