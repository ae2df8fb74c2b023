// Installs the peers that we measure beside, exact versions, into .cache/peers: on demand and outside the lock file, because
// optional packages of some of them are missing for some platforms.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export const peerVersions = {
  bullmq: "6.7.0",
  ioredis: "5.9.2",
  plainjob: "0.0.14",
  "better-sqlite3": "13.2.0",
  "graphile-worker": "0.18.0",
} as const;

const directory = join(import.meta.dirname, "..", "..", ".cache", "peers");
const manifest = `${JSON.stringify({ name: "peers", private: true, dependencies: peerVersions }, null, 2)}\n`;

/** Loads an installed peer; installs all of them when they are not there yet. */
export async function loadPeer(name: keyof typeof peerVersions): Promise<unknown> {
  const file = join(directory, "package.json");
  const known = existsSync(join(directory, "node_modules")) && readFileSync(file, "utf8") === manifest;
  if (!known) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, manifest);
    execFileSync("npm", ["install", "--omit=optional", "--no-audit", "--no-fund"], {
      cwd: directory,
      stdio: "inherit",
    });
  }
  const require = createRequire(join(directory, "package.json"));
  return import(pathToFileURL(require.resolve(name)).href);
}
