// A real process that is let work for a while and then killed, and what it had said by then.
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("../../.cache/compile", import.meta.url));

export interface Life {
  /** The script, and what it is told. */
  readonly script: string;
  readonly args: readonly string[];
  /** Whether it is in the middle of its work, by all that it has said. */
  readonly isAtWork: (said: string) => boolean;
  /** How long it lives on from then. */
  readonly lifeMs: number;
}

/** Resolves to its lines. The last one may have been cut, and is left out: whoever is killed while speaking has not said it. */
export async function workAndDie({ script, args, isAtWork, lifeMs }: Life): Promise<string[]> {
  const worker = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => worker.once("close", resolve));
  let said = "";
  let faults = "";
  worker.stderr.on("data", (data: Buffer) => void (faults += String(data)));
  await new Promise<void>((resolve, reject) => {
    worker.once("exit", () => reject(new Error(`the worker ended by itself: ${faults}`)));
    worker.stdout.on("data", (data: Buffer) => {
      said += String(data);
      if (isAtWork(said)) resolve();
    });
  });
  await sleep(lifeMs);
  worker.kill("SIGKILL");
  await ended;
  expect(faults).toBe("");
  return said
    .split("\n")
    .slice(0, -1)
    .filter((line) => line !== "ready");
}
