// What `doctor` finds: each thing that was looked at, whether it is well, and what to do when it is not.

export interface Finding {
  /** What was looked at, like `integrity` or `counts`. */
  readonly what: string;
  readonly ok: boolean;
  /** The figure or the fault, in words. */
  readonly detail: string;
  /** What to do; only when it is not well. */
  readonly advice?: string;
}
