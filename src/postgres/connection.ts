// One connection to PostgreSQL for as long as a verb needs it: statements prepared once per connection under a name,
// the schema put into their text, and columns read as the values that both engines use. Knows nothing of pools.
import { createHash } from "node:crypto";
import { types as driverTypes, type ClientBase, type CustomTypesConfig, type QueryConfig } from "pg";
import type { Row } from "../storage/row.ts";
import { clean } from "./columns.ts";

/** Statements as they are sent: named, and about the real schema. */
export class Statements {
  readonly #schema: string;
  readonly #known = new Map<string, { readonly name: string; readonly text: string }>();

  /** The schema's name is quoted wherever it stands. */
  constructor(schema: string) {
    this.#schema = `"${schema}".`;
  }

  /** `escapement.` before a table or a function means this schema. */
  inSchema(sql: string): string {
    return sql.replaceAll(/\bescapement\./g, this.#schema);
  }

  of(sql: string): { readonly name: string; readonly text: string } {
    let known = this.#known.get(sql);
    if (known === undefined) {
      const text = this.inSchema(sql);
      known = { name: `escapement_${createHash("sha1").update(text).digest("hex").slice(0, 20)}`, text };
      this.#known.set(sql, known);
    }
    return known;
  }
}

/** A connection over which no answer has come for so long is taken for dead. */
const longestAnswerMs = 60_000;

export class Connection {
  readonly client: ClientBase;
  readonly #statements: Statements;

  constructor(client: ClientBase, statements: Statements) {
    this.client = client;
    this.#statements = statements;
  }

  async all(sql: string, ...values: readonly unknown[]): Promise<Row[]> {
    return (await this.client.query<Row>(this.#query(sql, values))).rows;
  }

  /** Rows as lists of columns: cheaper where there are many. */
  async lists(sql: string, ...values: readonly unknown[]): Promise<unknown[][]> {
    const query = { ...this.#query(sql, values), rowMode: "array" } as const;
    return (await this.client.query<unknown[]>(query)).rows;
  }

  async get(sql: string, ...values: readonly unknown[]): Promise<Row | undefined> {
    return (await this.all(sql, ...values))[0];
  }

  /** The number of rows changed. */
  async run(sql: string, ...values: readonly unknown[]): Promise<number> {
    return (await this.client.query(this.#query(sql, values))).rowCount ?? 0;
  }

  /** One or many statements without values, not prepared. */
  async exec(sql: string): Promise<void> {
    await this.client.query(this.#statements.inSchema(sql));
  }

  #query(sql: string, values: readonly unknown[]): QueryConfig & { readonly query_timeout: number } {
    return {
      ...this.#statements.of(sql),
      values: values.map((value) => (typeof value === "string" ? clean(value) : value)),
      types,
      query_timeout: longestAnswerMs,
    };
  }
}

// Object ids of the types of pg_type that the schema uses.
const int8 = 20;
const int4 = 23;
const bool = 16;
const float8 = 701;
const textArray: number = 1009;
const readTexts: (value: string) => unknown = driverTypes.getTypeParser(textArray, "text");

/** What the driver would hand out as text is read here, whatever anyone has set for the whole process. */
const types: CustomTypesConfig = {
  getTypeParser: (oid: number) => {
    switch (oid) {
      case int8:
      case int4:
      case float8:
        return Number;
      case bool:
        return isTrue;
      case textArray:
        return readTexts;
      default:
        return asText;
    }
  },
};

/** For statements of the caller's own: as the driver reads them, but whole numbers as numbers wherever they are exact. */
export const callersTypes: CustomTypesConfig = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    oid === int8 ? readWhole : driverTypes.getTypeParser(oid, format),
};

function readWhole(value: string): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigInt(value);
}

function isTrue(value: string): boolean {
  return value === "t";
}

function asText(value: string): string {
  return value;
}
