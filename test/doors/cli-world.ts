// The command line in this process, against a server in memory: what it prints, and how it ends.
import { runCli } from "../../src/cli/run-cli.ts";
import { serve, type ServeOptions } from "../../src/http/serve.ts";
import { httpWorld, type World } from "./http-world.ts";

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into what they got
  readonly json: any;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export async function runCommand(args: readonly string[], options: CliOptions = {}): Promise<Ended> {
  let out = "";
  let err = "";
  const { env = {}, ...terminal } = options;
  const code = await runCli(args, {
    env,
    platform: "linux",
    stdout: { ...terminal, write: (text) => ((out += text), true) },
    stderr: { write: (text) => ((err += text), true) },
  });
  return {
    code,
    out,
    err,
    get json() {
      return JSON.parse(out);
    },
  };
}

export interface CliWorld extends World {
  readonly url: string;
  readonly cli: (...args: readonly string[]) => Promise<Ended>;
}

export async function cliWorld(options: ServeOptions = {}): Promise<CliWorld> {
  const world = await httpWorld();
  const server = await serve(world.runtime, { ...options, port: 0 });
  return {
    ...world,
    url: server.address,
    cli: (...args) => runCommand([...args, "--url", server.address]),
    async [Symbol.asyncDispose]() {
      await server.close();
      await world.runtime.stop();
    },
  };
}
