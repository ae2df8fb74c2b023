// What the HTTP door can be told, and what it keeps for each request.
import type { Token } from "./token.ts";

export interface AppOptions {
  /** Without any, everybody who reaches the server may do everything, and it answers to names of this machine only. */
  readonly tokens?: readonly Token[];
  /** A page for people at `/`. Default true; without it `/` answers in JSON. */
  readonly page?: boolean;
  /** The largest body of a request. Default: 1 MiB, or somewhat more than the largest payload where that is more. */
  readonly bodyLimitBytes?: number;
  /** Hears of every error that was answered with 500. */
  readonly onError?: (error: unknown, requestId: string) => void;
}

export interface AppEnv {
  Variables: { requestId: string };
}

export type AppSettings = Required<AppOptions>;
