// Paths into the data of a runtime: `self.data.*` is memory, `self.data.table.MODEL.*` are the rows of a table. The
// compiler checks the names of the models.
import type { Memory } from "../memory/memory.ts";
import type { Lineage } from "../memory/memory-record.ts";
import type { MemoryRecord } from "../memory/memory-record.ts";
import type { ListOptions } from "../memory/list-options.ts";
import type { SearchOptions, SearchResult } from "../memory/search.ts";
import type { AppendResult } from "../memory/memory.ts";
import type { NewRecord } from "../memory/new-record.ts";
import { EscapementError } from "../base/errors.ts";
import type { Page } from "../storage/runs.ts";
import { contentOf } from "../tables/row-content.ts";
import type { AnyTable, GivenOf, RowOf } from "../tables/table.ts";
import type { ListRecordsOptions } from "../tables/table-records.ts";
import type { Tables } from "../tables/tables.ts";
import { Router, type Verbs } from "./router.ts";

export type Models = Readonly<Record<string, AnyTable>>;

interface Id {
  readonly id: string;
}

/** What each path takes, and what it resolves to. */
type MemoryRoutes = {
  readonly "self.data.get": [Id, MemoryRecord | undefined];
  readonly "self.data.has": [Id, boolean];
  readonly "self.data.list": [ListOptions, Page<MemoryRecord>];
  readonly "self.data.lineage": [Id, Lineage];
  readonly "self.data.search": [SearchOptions, SearchResult];
  readonly "self.data.append": [NewRecord, AppendResult];
};

export interface RowLineage<Row> {
  /** Each row after the one from which it follows. */
  readonly rows: readonly Row[];
  readonly missing: readonly string[];
}

export interface RowPage<Row> {
  readonly rows: readonly Row[];
  readonly next?: string;
}

type TableRoutes<All extends Models> = {
  readonly [Name in keyof All & string as `self.data.table.${Name}.get`]: [Id, RowOf<All[Name]> | undefined];
} & {
  readonly [Name in keyof All & string as `self.data.table.${Name}.list`]: [
    ListRecordsOptions,
    RowPage<RowOf<All[Name]>>,
  ];
} & {
  readonly [Name in keyof All & string as `self.data.table.${Name}.put`]: [
    { readonly row: GivenOf<All[Name]>; readonly expectedVersion?: number },
    RowOf<All[Name]>,
  ];
} & {
  readonly [Name in keyof All & string as `self.data.table.${Name}.delete`]: [Id, boolean];
} & {
  readonly [Name in keyof All & string as `self.data.table.${Name}.count`]: [
    Readonly<Record<never, never>>,
    number,
  ];
} & {
  readonly [Name in keyof All & string as `self.data.table.${Name}.lineage`]: [
    Id,
    RowLineage<RowOf<All[Name]>>,
  ];
};

export type Routes<All extends Models> = MemoryRoutes &
  TableRoutes<All> & {
    readonly "self.data.table.models": [Readonly<Record<never, never>>, readonly string[]];
  };

/** What may be left out when nothing in it must be there. */
type Args<Given> = object extends Given ? [args?: Given] : [args: Given];

export interface Paths<All extends Models> {
  /** Throws `path.invalid`, `path.not-found`, and what the memory or the table throws. */
  invoke<Path extends keyof Routes<All> & string>(
    path: Path,
    ...args: Args<Routes<All>[Path] extends readonly [infer Given, unknown] ? Given : never>
  ): Promise<Routes<All>[Path] extends readonly [unknown, infer Result] ? Result : never>;
  /** Every path that is answered. */
  paths(): readonly string[];
}

export interface PathsOptions<All extends Models> {
  readonly memory: Pick<Memory, "get" | "has" | "list" | "lineage" | "search" | "append">;
  readonly tables: Pick<Tables, "recordsOf">;
  readonly models: All;
}

const modelName = /^[a-z_]\w*$/i;

/** Throws `path.invalid` for a model whose name cannot stand in a path. */
export function createPaths<const All extends Models>({
  memory,
  tables,
  models,
}: PathsOptions<All>): Paths<All> {
  const router = new Router();
  router.mount("self.data", memoryVerbs(memory));
  router.mount("self.data.table", { models: () => Promise.resolve(Object.keys(models)) });
  for (const [name, table] of Object.entries(models)) {
    if (!modelName.test(name)) {
      throw new EscapementError(
        "path.invalid",
        `Cannot name a model ${JSON.stringify(name)}: its name stands in paths, so it has letters, digits and _.`,
      );
    }
    router.mount(`self.data.table.${name}`, tableVerbs(tables, table));
  }
  return {
    paths: () => router.paths(),
    async invoke(path: string, args: unknown = {}) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each path is answered by what its types in Routes say
      return (await router.find(path)(args as never)) as never;
    },
  };
}

function memoryVerbs(memory: PathsOptions<Models>["memory"]): Verbs {
  return {
    get: ({ id }: Id) => memory.get(id),
    has: ({ id }: Id) => memory.has(id),
    list: (options: ListOptions) => memory.list(options),
    lineage: ({ id }: Id) => memory.lineage(id),
    search: (options: SearchOptions) => memory.search(options),
    append: (record: NewRecord) => memory.append(record),
  };
}

interface PutArgs {
  readonly row: Readonly<Record<string, unknown>>;
  readonly expectedVersion?: number;
}

function tableVerbs(tables: Pick<Tables, "recordsOf">, table: AnyTable): Verbs {
  const records = tables.recordsOf(table);
  return {
    async get({ id }: Id) {
      const record = await records.get(id);
      return record && records.decode(record);
    },
    async list(options: ListRecordsOptions) {
      const { items, ...next } = await records.list(options);
      return { rows: items.map((record) => records.decode(record)), ...next };
    },
    async put({ row, ...options }: PutArgs) {
      const id = String(row[table.key]);
      return records.decode(await records.put({ id, content: contentOf(table, row) }, options));
    },
    delete: ({ id }: Id) => records.delete(id),
    count: () => records.count(),
    async lineage({ id }: Id) {
      const { records: found, missing } = await records.lineage(id);
      return { rows: found.map((record) => records.decode(record)), missing };
    },
  };
}
