// One archived stretch of the journal: gzipped JSON lines and a manifest beside them. The manifest comes last: what has one
// is whole.
import { createHash, randomUUID } from "node:crypto";
import { open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { EscapementError } from "../base/errors.ts";
import { classify } from "../event/event.ts";
import type { EventRecord } from "../storage/journal.ts";

export const archiveSchema = "escapement.archive/1";

export interface Manifest {
  readonly schema: typeof archiveSchema;
  readonly file: string;
  readonly first: number;
  readonly last: number;
  readonly count: number;
  /** When the first and the last of them happened. */
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
  /** Of the file as it lies there. */
  readonly sha256: string;
  /** The chain of the audit before the first and behind the last of them. */
  readonly chainBefore: string;
  readonly chainAfter: string;
}

/** Category and severity follow from the kind. */
type Line = Omit<EventRecord, "category" | "severity">;

export function archiveName(first: number, last: number): string {
  return `journal-${String(first).padStart(12, "0")}-${String(last).padStart(12, "0")}`;
}

/** Writes both files and reads them back: when this resolves, they are on the disk and say what they should. */
export async function writeArchive(
  folder: string,
  events: readonly [EventRecord, ...EventRecord[]],
  chainBefore: string,
): Promise<Manifest> {
  const first = events[0];
  const last = events.at(-1) ?? first;
  const name = archiveName(first.seq, last.seq);
  const lines = events.map((event) => `${JSON.stringify(lineOf(event))}\n`).join("");
  const bytes = await promisify(gzip)(lines, { level: 6 });
  const manifest: Manifest = {
    schema: archiveSchema,
    file: `${name}.jsonl.gz`,
    first: first.seq,
    last: last.seq,
    count: events.length,
    from: new Date(first.at).toISOString(),
    to: new Date(last.at).toISOString(),
    bytes: bytes.length,
    sha256: sha256(bytes),
    chainBefore,
    chainAfter: events.findLast((event) => event.chain !== undefined)?.chain ?? chainBefore,
  };
  await writeDurably(join(folder, manifest.file), bytes);
  await readArchive(folder, manifest);
  await writeDurably(join(folder, `${name}.json`), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** Throws `storage.broken` when the file is not the one that was written. */
export async function readArchive(folder: string, manifest: Manifest): Promise<readonly EventRecord[]> {
  const { file, count, first, last } = manifest;
  const bytes = await readFile(join(folder, file)).catch((error: unknown) => {
    throw broken(folder, manifest, "it cannot be read", error);
  });
  if (sha256(bytes) !== manifest.sha256)
    throw broken(folder, manifest, "its content is not what the manifest says");
  const lines = (await promisify(gunzip)(bytes)).toString("utf8").split("\n").slice(0, -1);
  const events = lines.map(recordOf);
  const isWhole = events.length === count && events.every(({ seq }, index) => seq === first + index);
  if (!isWhole || count !== last - first + 1) throw broken(folder, manifest, "events are missing in it");
  return events;
}

/** `first` is the number from which on nothing can be read. */
export function broken(
  folder: string,
  { file, first }: Pick<Manifest, "file" | "first">,
  why: string,
  cause?: unknown,
): EscapementError {
  return new EscapementError(
    "storage.broken",
    `The archive ${join(folder, file)} is broken: ${why}. Put it back from a copy.`,
    { details: { file, first }, cause },
  );
}

/** One spelling per event, so that the same stretch is the same file. */
function lineOf(event: EventRecord): Line {
  const { seq, at, kind, actor, subject, parent, commit, label, durationMs, data, chain } = event;
  return {
    seq,
    at,
    kind,
    actor,
    subject,
    ...(parent === undefined ? {} : { parent }),
    commit,
    ...(label === undefined ? {} : { label }),
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(data === undefined ? {} : { data }),
    ...(chain === undefined ? {} : { chain }),
  };
}

function recordOf(text: string): EventRecord {
  const line: Line = JSON.parse(text);
  const [category, severity] = classify(line.kind);
  return { ...line, category, severity };
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Under a name of its own first: nobody ever sees half a file, and nobody else writes into it. */
async function writeDurably(path: string, content: string | Buffer): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  const file = await open(draft, "w");
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
