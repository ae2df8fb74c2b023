// Loads the user's module and lets it register what it brings. What is wrong with it is said in one sentence that
// names the file and, where it can be known, the line.
import { access, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { EscapementError } from "../../base/errors.ts";
import type { Runtime } from "../../runtime/runtime.ts";

/** Throws `module.invalid`, and our own errors as they are: they say already what is wrong. */
export async function loadModule(path: string, runtime: Runtime): Promise<void> {
  const file = resolve(path);
  await access(file).catch((error: unknown) => {
    throw invalid(path, "there is no such file, or it may not be read", error);
  });
  if ((await stat(file)).isDirectory())
    throw invalid(path, "it is a directory: name the file in it that registers the actions");
  const url = pathToFileURL(file).href;
  const loaded = await attempt(path, url, () => import(url));
  const register: unknown = loaded.default;
  if (typeof register !== "function") {
    throw invalid(path, "it has no default export that is a function: export default (runtime) => { … }");
  }
  await attempt(path, url, () => register(runtime));
}

// oxlint-disable-next-line typescript/no-explicit-any -- what a module of the user exports is not known
async function attempt(path: string, url: string, act: () => any): Promise<any> {
  try {
    return await act();
  } catch (error) {
    if (EscapementError.is(error)) throw error;
    throw invalid(path, reasonOf(error, url), error);
  }
}

function reasonOf(error: unknown, url: string): string {
  if (!(error instanceof Error)) return `it threw ${String(error)}`;
  const place = placeOf(error, url);
  const [first = error.name] = error.message.split("\n");
  return `${error.name === "Error" ? "" : `${error.name}: `}${first}${place === undefined ? "" : ` (line ${place})`}`;
}

/** The line of the module, when the stack begins or passes there. */
function placeOf(error: Error, url: string): string | undefined {
  const at = error.stack?.indexOf(`${url}:`) ?? -1;
  if (at < 0) return undefined;
  return /^\d+/.exec(error.stack?.slice(at + url.length + 1) ?? "")?.[0];
}

function invalid(path: string, why: string, cause?: unknown): EscapementError {
  return new EscapementError("module.invalid", `Cannot use the module ${path}: ${why}.`, { cause });
}
