// A disk that is full: real, a small file system of its own where this process may mount one, and a limit on the size of
// files where it may not. What was acknowledged stays, what was refused was not done, and work goes on when there is room.
import { execFileSync, fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import { sqlite } from "../../src/sqlite/index.ts";

const payload = "x".repeat(8_000);

/** A small disk, or undefined where this process may not make one. */
function mountSmallDisk(megabytes: number): { path: string; unmount: () => void } | undefined {
  const path = mkdtempSync(join(tmpdir(), "escapement-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", path], { stdio: "ignore" });
  } catch {
    rmSync(path, { recursive: true });
    return undefined;
  }
  const unmount = (): void => {
    execFileSync("umount", [path]);
    rmSync(path, { recursive: true });
  };
  return { path, unmount };
}

const disk = mountSmallDisk(12);
disk?.unmount();

test.skipIf(disk === undefined)(
  "[SQL-6] a disk that fills up refuses what it has no room for, keeps what it took, and goes on when there is room",
  { timeout: 60_000 },
  async () => {
    const small = mountSmallDisk(12);
    if (small === undefined) throw new Error("this process could mount a disk a moment ago");
    try {
      const filler = join(small.path, "filler");
      writeFileSync(filler, new Uint8Array(4_000_000));
      const taken = await fillUp(join(small.path, "app.db"), () => rmSync(filler));
      expect(taken).toBeGreaterThan(100);
    } finally {
      small.unmount();
    }
  },
);

/** Enqueues until the disk is full, makes room, and works everything off; resolves to how many were taken. */
async function fillUp(path: string, makeRoom: () => void): Promise<number> {
  const errors: unknown[] = [];
  const logger = { error: (details: unknown) => void errors.push(details) };
  await using runtime = await createRuntime({ storage: sqlite(path), logger, retention: { runs: "1ms" } });
  const done: number[] = [];
  runtime.action("disk:work", { run: (input: { number: number }) => void done.push(input.number) });
  await runtime.start();
  await runtime.control.kill({ scope: "action:disk:work", reason: "wait", actor: "user:test" });
  const taken: number[] = [];
  const refused: number[] = [];
  for (let number = 0; refused.length < 20; number++) {
    try {
      await runtime.runs.enqueue("disk:work", { number, payload });
      taken.push(number);
    } catch (error) {
      expect(error).toMatchObject({ code: "storage.unwritable", family: "unavailable" });
      refused.push(number);
    }
  }
  expect((await runtime.runs.counts()).waiting).toBe(taken.length);
  makeRoom();
  await runtime.control.restore({ scope: "action:disk:work", actor: "user:test" });
  const { id } = await runtime.runs.enqueue("disk:work", { number: -1, payload });
  await runtime.runs.wait(id);
  for (;;) {
    const { waiting, running } = await runtime.runs.counts();
    if (waiting + running === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(done.toSorted((one, other) => one - other)).toEqual([-1, ...taken]);
  expect((await runtime.doctor()).filter((finding) => !finding.ok)).toEqual([]);
  return taken.length;
}

test.skipIf(process.platform === "win32")(
  "[SQL-6] a file that may not grow does the same to a process, and the next one finds the file whole",
  { timeout: 60_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "escapement-limit-"));
    const path = join(directory, "app.db");
    try {
      const script = fileURLToPath(new URL("file-limit-process.ts", import.meta.url));
      const child = fork(script, [path], {
        // In blocks of 512 or 1,024 bytes, as the shell has it: two to four megabytes.
        execPath: "/bin/sh",
        execArgv: ["-c", `ulimit -f 4096; exec "${process.execPath}" "$0" "$@"`],
        silent: true,
      });
      let said = "";
      child.stdout?.on("data", (data: Buffer) => void (said += String(data)));
      child.stderr?.on("data", (data: Buffer) => void (said += String(data)));
      await new Promise((resolve) => child.once("close", resolve));
      const taken = said.split("\n").flatMap((line) => /^taken (\S+)$/.exec(line)?.[1] ?? []);
      expect(said).toContain("refused storage.unwritable");
      expect(taken.length).toBeGreaterThan(50);
      await using runtime = await createRuntime({ storage: sqlite(path) });
      expect((await runtime.doctor()).filter((finding) => !finding.ok)).toEqual([]);
      for (const id of taken) expect((await runtime.runs.get(id))?.state).toBe("waiting");
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);
