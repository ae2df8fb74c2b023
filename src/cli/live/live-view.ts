// What the live view shows, as one value. The shell gathers it; everything that draws takes it as it is.

export interface LiveView {
  readonly title: string;
  readonly address?: string;
  readonly storage: string;
  readonly uptimeMs: number;
  /** In which events are told the time. Default UTC. */
  readonly timezone?: string;
  /** In the order in which they are shown. */
  readonly tasks: readonly LiveTask[];
  /** One value a second, oldest first. */
  readonly runsPerSecond: readonly number[];
  readonly samples: readonly LiveSample[];
  readonly counts: LiveCounts;
  /** Newest first. */
  readonly events: readonly LiveEvent[];
  /** The kill switch is on: nothing starts. */
  readonly switchOn?: { readonly reason: string };
  /** One line at the foot, such as what a shutdown still waits for. */
  readonly notice?: string;
}

interface LiveCounts {
  readonly waiting: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
}

export interface LiveTask {
  readonly id: string;
  readonly name: string;
  /** In words or as a cron expression. */
  readonly schedule?: string;
  /** Null when nothing is planned. */
  readonly nextInMs: number | null;
  readonly enabled: boolean;
  readonly pausedNote?: string;
  readonly last?: LiveOutcome;
  readonly runCount: number;
  readonly errorCount: number;
}

export interface LiveOutcome {
  readonly state: "waiting" | "running" | "succeeded" | "failed" | "cancelled" | "skipped";
  readonly agoMs: number;
  readonly durationMs?: number;
  readonly error?: string;
}

export interface LiveSample {
  readonly label: string;
  /** `"%"`, `"ms"` and `"bytes"` are written in their own way; any other unit follows the number. */
  readonly unit: string;
  /** Oldest first; null where there was no value. */
  readonly values: readonly (number | null)[];
  readonly latest: number | null;
  /** What fills the height. Larger values raise it. Default: 100 for percent, else the largest value. */
  readonly fullScale?: number;
}

export interface LiveEvent {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly kind: string;
  readonly subject: string;
  readonly label: string;
  readonly severity: "info" | "notice" | "warning" | "error" | "critical";
}
