// The archive: a folder of closed stretches of the journal, which retention has taken out of the database. Read like the
// rest; never changed.
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { EscapementError } from "../base/errors.ts";
import { eventFits } from "../storage/event-fits.ts";
import type { EventFilter, EventRecord } from "../storage/journal.ts";
import { archiveSchema, broken, readArchive, writeArchive, type Manifest } from "./archive-file.ts";

export type { Manifest };

const manifestName = /^journal-\d{12,}-\d{12,}\.json$/;

export class JournalArchive {
  readonly #folder: string;
  /** By file name: what was written is never changed. */
  readonly #manifests = new Map<string, Manifest>();
  /** The stretch that was read last, because the next page is mostly of the same. */
  #opened: { readonly mark: string; readonly events: readonly EventRecord[] } | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Oldest first. Stretches may overlap, where two nodes have archived at the same time. */
  async list(): Promise<readonly Manifest[]> {
    const names = (await this.#names()).filter((name) => manifestName.test(name)).toSorted();
    for (const name of names) {
      if (!this.#manifests.has(name)) this.#manifests.set(name, await this.#readManifest(name));
    }
    return names.flatMap((name) => this.#manifests.get(name) ?? []);
  }

  /** The newest number that is archived; 0 when there is none. */
  async end(): Promise<number> {
    return (await this.list()).reduce((end, { last }) => Math.max(end, last), 0);
  }

  /** Resolves when the stretch is on the disk and was read back. Throws `storage.unwritable` and `storage.broken`. */
  async keep(events: readonly [EventRecord, ...EventRecord[]], chainBefore: string): Promise<Manifest> {
    try {
      await mkdir(this.#folder, { recursive: true });
      return await writeArchive(this.#folder, events, chainBefore);
    } catch (error) {
      if (EscapementError.is(error)) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new EscapementError(
        "storage.unwritable",
        `Cannot archive the journal in ${this.#folder} (${why}): nothing was deleted. Make room, change its permissions, or choose another folder.`,
        { cause: error },
      );
    }
  }

  async read(filter: EventFilter): Promise<readonly EventRecord[]> {
    const { after, before = Number.MAX_SAFE_INTEGER, limit } = filter;
    const oldestFirst = after !== undefined;
    const stretches = (await this.list()).filter(({ first, last }) => last > (after ?? 0) && first < before);
    const found: EventRecord[] = [];
    // What two stretches have both is taken from the one that is read first.
    let [above, below] = [after ?? 0, before];
    for (const manifest of oldestFirst ? stretches : stretches.toReversed()) {
      const events = await this.#open(manifest);
      const part = events.filter((event) => eventFits(event, { ...filter, after: above, before: below }));
      found.push(...(oldestFirst ? part : part.toReversed()));
      if (oldestFirst) above = Math.max(above, manifest.last);
      else below = Math.min(below, manifest.first);
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  }

  async #open(manifest: Manifest): Promise<readonly EventRecord[]> {
    // A file that was changed since is not the one that was read.
    const { mtimeMs, size } = (await stat(join(this.#folder, manifest.file)).catch(() => undefined)) ?? {};
    const mark = [manifest.file, mtimeMs, size].join();
    if (this.#opened?.mark !== mark)
      this.#opened = { mark, events: await readArchive(this.#folder, manifest) };
    return this.#opened.events;
  }

  async #names(): Promise<readonly string[]> {
    try {
      return await readdir(this.#folder);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      throw error;
    }
  }

  async #readManifest(name: string): Promise<Manifest> {
    try {
      const manifest: Manifest = JSON.parse(await readFile(join(this.#folder, name), "utf8"));
      if (manifest.schema === archiveSchema) return manifest;
    } catch (error) {
      throw broken(this.#folder, nameless(name), "it is no manifest", error);
    }
    throw broken(this.#folder, nameless(name), "it is of another version of Escapement");
  }
}

/** Of a manifest that cannot be read only its name is known. */
function nameless(file: string): Pick<Manifest, "file" | "first"> {
  return { file, first: Number(/\d+/.exec(file)?.[0]) };
}
