// What the disk itself takes to make a small write durable: the floor under every durable commit.
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "./statistics.ts";

/** The median in ms of appending 4 KiB and waiting for the disk. */
export function fsyncLatency(times: number): number {
  const directory = mkdtempSync(join(tmpdir(), "escapement-bench-"));
  const file = openSync(join(directory, "disk"), "a");
  const block = Buffer.alloc(4_096);
  const taken: number[] = [];
  for (let count = 0; count < times; count++) {
    const start = performance.now();
    writeSync(file, block);
    fsyncSync(file);
    taken.push(performance.now() - start);
  }
  closeSync(file);
  rmSync(directory, { recursive: true });
  return median(taken);
}
