// `escapement start` as a real process with a folder of its own: its lines, its end, and always its death.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

const main = resolve(import.meta.dirname, "../../src/cli/main.ts");
/** Nothing that is waited for here takes longer, also on a busy machine. */
const patienceMs = 20_000;

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into what they got
export type Line = any;

export interface Ended {
  readonly code: number | null;
  readonly err: string;
  readonly lines: readonly Line[];
}

export interface ServerProcess {
  readonly lines: readonly Line[];
  /** The first line that fits, also one that has come already. */
  line(fits: (line: Line) => boolean): Promise<Line>;
  /** The line `started`. */
  started(): Promise<Line>;
  kill(signal: NodeJS.Signals): void;
  end(): Promise<Ended>;
}

export interface Folder extends AsyncDisposable {
  readonly path: string;
  /** Writes a file and gives its path. */
  file(name: string, text: string): Promise<string>;
  start(args?: readonly string[], env?: Readonly<Record<string, string>>): ServerProcess;
}

/** A temporary folder; whatever was started in it is dead when it is disposed. */
export async function folder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "escapement-"));
  const children: ReturnType<typeof spawn>[] = [];
  return {
    path,
    async file(name, text) {
      await writeFile(join(path, name), text);
      return join(path, name);
    },
    start(args = [], env = {}) {
      const child = spawn(
        process.execPath,
        [
          "--conditions=source",
          "--disable-warning=ExperimentalWarning",
          main,
          "start",
          "--port",
          "0",
          ...args,
        ],
        { cwd: path, env: { ...process.env, NO_COLOR: "1", ...env }, stdio: ["ignore", "pipe", "pipe"] },
      );
      children.push(child);
      return watch(child);
    },
    async [Symbol.asyncDispose]() {
      for (const child of children.filter(
        ({ exitCode, signalCode }) => exitCode === null && signalCode === null,
      )) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      await rm(path, { recursive: true, force: true });
    },
  };
}

function watch(child: ReturnType<typeof spawn>): ServerProcess {
  const lines: Line[] = [];
  let err = "";
  child.stderr?.on("data", (data) => {
    err += String(data);
  });
  const closed = once(child, "close");
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on("line", (text) => lines.push(JSON.parse(text)));
  }
  const line = async (fits: (line: Line) => boolean): Promise<Line> => {
    for (const began = Date.now(); Date.now() - began < patienceMs; await pause(10)) {
      const found = lines.find((one) => fits(one));
      if (found !== undefined) return found;
      if (child.exitCode !== null) break;
    }
    throw new Error(`no such line; there were ${JSON.stringify(lines)} and on stderr ${err}`);
  };
  return {
    lines,
    line,
    started: () => line(({ event }) => event === "started"),
    kill: (signal) => void child.kill(signal),
    async end() {
      const limit = pause(patienceMs, "late", { ref: false });
      if ((await Promise.race([closed, limit])) === "late")
        throw new Error(`it does not end; stderr: ${err}`);
      return { code: child.exitCode, err, lines };
    },
  };
}
