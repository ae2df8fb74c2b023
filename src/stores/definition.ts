// The description of a store, and its types as they follow from the schema.
import { EscapementError, invalidInput, type Issue } from "../base/errors.ts";
import { quote } from "../base/quote.ts";
import type { StandardSchema } from "../base/standard-schema.ts";
import type { KeyPart } from "../document/key.ts";
import type { Kept, Store } from "./store.ts";

export type OutputOf<Schema extends StandardSchema> = NonNullable<Schema["~standard"]["types"]>["output"];
export type InputOf<Schema extends StandardSchema> = NonNullable<Schema["~standard"]["types"]>["input"];

/** The fields that can be a part of a key. */
export type KeyField<Item> = {
  [Name in keyof Item]-?: Item[Name] extends KeyPart ? Name : never;
}[keyof Item] &
  string;

export interface StoreDescription<Schema extends StandardSchema, Names> {
  readonly schema: Schema;
  /** The fields whose values make the key, the widest first. */
  readonly key: Names;
  /** `ephemeral` documents live in the memory of this process only. Default `durable`. */
  readonly durability?: "durable" | "ephemeral";
}

type KeyOf<Item, Names extends readonly unknown[]> = {
  readonly [Index in keyof Names]: Names[Index] extends keyof Item
    ? Extract<Item[Names[Index]], KeyPart>
    : never;
};

type Given<Input, Name> = Partial<Input> & Pick<Input, Extract<Name, keyof Input>>;

export type StoreOf<Schema extends StandardSchema, Names extends readonly unknown[]> = Store<
  OutputOf<Schema> & object,
  Given<InputOf<Schema>, Names[number]> & object,
  KeyOf<OutputOf<Schema>, Names>
>;

export interface StoreDefinition<Item> {
  readonly name: string;
  readonly schema: StandardSchema<Item>;
  readonly fields: readonly string[];
  readonly isDurable: boolean;
}

const namePattern = /^[a-z][\w.-]{0,99}$/i;
export const keptFields: readonly (keyof Kept)[] = ["version", "createdAt", "updatedAt"];

interface Described {
  readonly schema?: { readonly "~standard"?: { readonly validate?: unknown } };
  readonly key?: unknown;
  readonly durability?: unknown;
}

/** Throws `store.invalid` with one issue per fault. */
export function checkDescription(name: unknown, described: Described): void {
  const issues: Issue[] = [];
  const fault = (field: string, message: string): void => void issues.push({ field, message });
  if (typeof name !== "string" || !namePattern.test(name))
    fault("name", `is ${quote(name)}; write a word like "field-sample"`);
  if (typeof described.schema?.["~standard"]?.validate !== "function")
    fault("schema", "must be a Standard Schema, like an object of Zod");
  const { key, durability } = described;
  if (!Array.isArray(key) || key.length === 0 || new Set(key).size < key.length || !key.every(isField))
    fault("key", `is ${quote(key)}; write the names of fields, like ["kind", "id"], each once`);
  if (durability !== undefined && durability !== "durable" && durability !== "ephemeral")
    fault("durability", `is ${quote(durability)}; write "durable" or "ephemeral"`);
  if (issues.length > 0) throw invalidInput("store.invalid", `Cannot define store ${quote(name)}.`, issues);
}

function isField(name: unknown): boolean {
  return typeof name === "string" && name !== "" && !keptFields.some((kept) => kept === name);
}

export function conflictingNames(name: string): EscapementError {
  return new EscapementError(
    "store.conflict",
    `There is a store "${name}" already: define it once and pass it on, or give this one a name of its own.`,
    { details: { name } },
  );
}
