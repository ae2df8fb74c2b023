// Records as both engines keep them in rows, and what of them is visible at a point.
import type { ContentForm } from "../record/content.ts";
import { forgottenMark, type Facets } from "../record/facets.ts";
import { textOf } from "../record/content.ts";
import { termsOf } from "../record/terms.ts";
import { EscapementError } from "../base/errors.ts";
import type { RecordRow } from "./records.ts";
import { integer } from "./row.ts";

/** The order in which both engines number them in their rows. */
export const contentForms: readonly ContentForm[] = ["text", "escaped", "json", "bytes"];

/** Whether there is something in it that words or meaning could find. */
export function hasText({ form }: Pick<RecordRow, "form">): boolean {
  return form !== "bytes";
}

/** How many records with text are lost to sight when these are forgotten. */
export function countTexts(rows: readonly RecordRow[]): number {
  return rows.filter((row) => hasText(row) && row.forgotten === undefined).length;
}

export function formOf(value: unknown): ContentForm {
  const form = contentForms[integer(value)];
  if (form === undefined)
    throw new EscapementError(
      "storage.broken",
      `The database holds a record of the unknown form ${String(value)}.`,
    );
  return form;
}

/** The record as it was at a point: undefined when it was not there yet. What is purged is gone at every point. */
export function recordAt(row: RecordRow, point: number | undefined): RecordRow | undefined {
  if (point === undefined) return row;
  if (row.seq > point) return undefined;
  if (row.forgotten === undefined || row.forgotten.purged || row.forgotten.seq <= point) return row;
  const { forgotten: _later, ...rest } = row;
  return rest;
}

/** The terms and marks of a record that stand in the index now, and those that stand there once it is forgotten. */
export function indexedAs(
  facets: Facets,
  row: Pick<RecordRow, "namespace" | "form" | "body" | "metadata">,
): { readonly live: string; readonly forgotten: string } {
  const marks = [facets.namespace(row.namespace), ...facets.describe(row.metadata ?? "{}").marks];
  return {
    live: [...marks, ...termsOf(textOf(row.form, row.body))].join(" "),
    forgotten: marks.map(forgottenMark).join(" "),
  };
}
