// Between documents as they are kept and as they are handed out: the schema both ways, the key, and freezing.
// What the schema would not read again is never written.
import { EscapementError, invalidInput, type Issue } from "../base/errors.ts";
import { decodeJson, encodeJson, type Json } from "../base/json.ts";
import { quote } from "../base/quote.ts";
import { validate } from "../base/validate.ts";
import type { DocumentRow } from "../document/change.ts";
import { decodeKey, encodeKey, type KeyPart } from "../document/key.ts";
import { keptFields, type StoreDefinition } from "./definition.ts";
import { freezeDeep } from "../base/freeze-deep.ts";
import type { Document } from "./store.ts";

/** A document as kept, and once it was read as it can be handed to everybody; where freezing does not protect it, it is read anew each time. */
export interface Held<Item> {
  readonly row: DocumentRow;
  document?: Document<Item>;
}

type Fields = Readonly<Record<string, unknown>>;

export class Codec<Item extends object> {
  readonly #definition: StoreDefinition<Item>;
  readonly #limitBytes: number;

  constructor(definition: StoreDefinition<Item>, limitBytes: number) {
    this.#definition = definition;
    this.#limitBytes = limitBytes;
  }

  /** The key of what a caller hands in. Throws `store.invalid`. */
  keyOf(item: unknown): string {
    const { name, fields } = this.#definition;
    const given = fieldsOf(item);
    if (given === undefined) throw this.#refusal([{ field: "", message: `${quote(item)} is no object` }]);
    const parts = fields.map((field) => given[field]);
    const missing = fields.filter((_field, index) => !isKeyPart(parts[index]));
    if (missing.length > 0) {
      const what = `Cannot find the key of a document of store "${name}".`;
      const issues = missing.map((field) => ({
        field,
        message: `is ${quote(given[field])}; write a text or a number`,
      }));
      throw invalidInput("store.invalid", what, issues);
    }
    return encodeKey(parts.filter(isKeyPart));
  }

  /** The JSON text of the document, after the schema. Throws `store.invalid`, `json.invalid` and `json.too-large`. */
  async encode(value: unknown, key: string): Promise<string> {
    const { name, schema } = this.#definition;
    const checked = await validate(schema, withoutKept(value));
    if ("issues" in checked) throw this.#refusal(checked.issues);
    if (fieldsOf(checked.value) === undefined)
      throw this.#refusal([{ field: "", message: `${quote(checked.value)} is no object` }]);
    const body = encodeJson(checked.value, this.#limitBytes);
    const again = await validate(schema, decodeJson(body));
    if ("issues" in again || encodeJson(again.value, this.#limitBytes) !== body) {
      const issues = "issues" in again ? again.issues : [{ field: "", message: "it reads something else" }];
      const what = `The schema of store "${name}" does not read what it has written: documents are kept as JSON. Coerce where JSON has no type of its own, like z.coerce.date().`;
      throw invalidInput("store.invalid", what, issues);
    }
    if (this.keyOf(again.value) === key) return body;
    throw new EscapementError(
      "store.invalid",
      `Cannot keep a document of store "${name}" under ${quote(decodeKey(key))}: its own key would be ${quote(decodeKey(this.keyOf(again.value)))}. Delete the one and upsert the other, and hand in keys as the schema leaves them.`,
    );
  }

  /** Throws `store.invalid` for a document that the schema refuses, as when it was kept under an older one. */
  async documentOf(held: Held<Item>): Promise<Document<Item>> {
    if (held.document !== undefined) return held.document;
    const checked = await validate(this.#definition.schema, decodeJson(held.row.body));
    if ("issues" in checked) throw this.#unreadable(held.row, checked.issues);
    const document = this.#document(held.row, checked.value);
    if (freezeDeep(document)) held.document = document;
    return document;
  }

  #document({ version, createdAt, updatedAt }: DocumentRow, item: Item): Document<Item> {
    return {
      ...item,
      version,
      // A Date can be changed even when it is frozen, so everybody gets one of their own.
      get createdAt() {
        return new Date(createdAt);
      },
      get updatedAt() {
        return new Date(updatedAt);
      },
    };
  }

  #refusal(issues: readonly Issue[]): EscapementError {
    return invalidInput(
      "store.invalid",
      `The schema of store "${this.#definition.name}" refuses the document.`,
      issues,
    );
  }

  #unreadable(row: DocumentRow, issues: readonly Issue[]): EscapementError {
    const key = decodeKey(row.key);
    const list = issues.map(({ field, message }) => `${field}: ${message}`).join("; ");
    return new EscapementError(
      "store.invalid",
      `The schema of store "${this.#definition.name}" refuses document ${quote(key)} as it is kept (${list}): give new fields a default, or upsert what it lacks.`,
      { details: { key, issues } },
    );
  }
}

function isKeyPart(value: unknown): value is KeyPart {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/** The fields of an object that is neither a list nor a promise of something. */
function fieldsOf(value: unknown): Fields | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value));
}

function withoutKept(value: unknown): unknown {
  const fields = fieldsOf(value);
  if (fields === undefined) return value;
  return Object.fromEntries(
    Object.entries(fields).filter(([name]) => !keptFields.some((kept) => kept === name)),
  );
}

/** What is kept, with the fields that are given in the place of its own. */
export function merge(row: DocumentRow | undefined, given: object): unknown {
  const kept: Json = row === undefined ? {} : decodeJson(row.body);
  return { ...fieldsOf(kept), ...given };
}
