// The version of the package, from the one place where it is written.
import { readFileSync } from "node:fs";

/** The same distance from src/http and from dist/http. */
const manifest = new URL("../../package.json", import.meta.url);

export function version(): string {
  const { version }: { readonly version: string } = JSON.parse(readFileSync(manifest, "utf8"));
  return version;
}
