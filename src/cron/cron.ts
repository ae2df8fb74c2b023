// A parsed cron expression: a frozen value of bit masks that the walks in next-local.ts and previous-local.ts read.
// It holds no zone and no state, so one value may be used for any zone, from anywhere.

export type DayMatch = "or" | "and";

/** Forms that other dialects accept and that are refused unless asked for. */
export type Leniency = "open step" | "wrapped range";

/** What happens to times inside a gap and inside an overlap; see docs/reference/cron.md. */
export type DstPreset = "vixie" | "skip" | "shift" | "first" | "last" | "both";

/** The presets, the default first. */
export const dstPresets: readonly DstPreset[] = ["vixie", "skip", "shift", "first", "last", "both"];

export type CronField = "second" | "minute" | "hour" | "day" | "month" | "weekday" | "year";

/** Sixty bits in two halves of thirty, because bitwise operators keep 32. */
export interface Sixty {
  readonly low: number;
  readonly high: number;
}

export interface Cron {
  /** As written, without surrounding space. */
  readonly text: string;
  readonly dayMatch: DayMatch;
  /** Neither second nor minute nor hour starts with `*`: it names times of day rather than a rhythm. */
  readonly fixed: boolean;
  readonly seconds: Sixty;
  readonly minutes: Sixty;
  /** Bit h. */
  readonly hours: number;
  /** Bit m - 1. */
  readonly months: number;
  /** Ascending; `undefined` is every year. */
  readonly years: readonly number[] | undefined;
  readonly days: DayRule;
  /**
   * Which days match depends only on the weekday of the first and on the length of the month, so all 28 cases are
   * worked out once: bit d - 1 of entry `4 * weekday + length - 28`.
   */
  readonly dayMasks: readonly number[];
}

/** The two day fields as written. */
export interface DayRule {
  /** A bare `*` or `?`. */
  readonly dayOpen: boolean;
  readonly weekdayOpen: boolean;
  /** Bit d - 1. */
  readonly daysOfMonth: number;
  /** `L`, `L-3`: bit n is the day n days before the last. */
  readonly fromEnd: number;
  /** `15W`: bit d - 1 is the weekday nearest to day d. */
  readonly nearest: number;
  /** `LW`, `L-3W`: bit n is the weekday nearest to the day n days before the last. */
  readonly nearestFromEnd: number;
  /** Bit w, Sunday is 0. */
  readonly weekdays: number;
  /** `5#2`: entry n - 1 holds the weekdays wanted in their n-th week, bit w. */
  readonly nthWeekdays: readonly number[];
  /** `5L`: bit w. */
  readonly lastWeekdays: number;
}

/** Years that an expression can reach; searches end there. */
export const firstYear = 1970;
export const lastYear = 2199;
