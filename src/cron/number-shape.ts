// What a set of field values looks like to a person: everything, one value, a range, a rhythm, or just a list.

export type NumberShape =
  | { readonly kind: "all" }
  | { readonly kind: "single"; readonly value: number }
  | { readonly kind: "range"; readonly from: number; readonly to: number }
  /** Every `by`, from the first value of the field to its end. */
  | { readonly kind: "step"; readonly by: number }
  | { readonly kind: "list"; readonly values: readonly number[] };

/** `values` ascending, out of `first` to `last`. */
export function shapeOf(values: readonly number[], first: number, last: number): NumberShape {
  const [from, second] = values;
  const to = values.at(-1);
  if (from === undefined || to === undefined) return { kind: "list", values };
  if (values.length === last - first + 1) return { kind: "all" };
  if (second === undefined) return { kind: "single", value: from };
  const by = second - from;
  const regular = values.every((value, index) => value === from + index * by);
  if (regular && by === 1 && values.length > 2) return { kind: "range", from, to };
  if (regular && by > 1 && from === first && to + by > last) return { kind: "step", by };
  return { kind: "list", values };
}
