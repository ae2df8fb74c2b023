// Who tells the person or the program at the other end of stdout what the server does.
import type { Runtime } from "../../runtime/runtime.ts";
import type { StopSignal } from "./stop-signals.ts";

export interface Reporter {
  /** Told before anything is begun, so that nothing goes by unseen. */
  begin(runtime: Runtime): Promise<void>;
  started(address: string): Promise<void>;
  /** An error that no caller was told of. */
  error(error: unknown): void;
  stopping(signal: StopSignal): void;
  /** The last word; nothing is written after it. */
  stopped(): Promise<void>;
}
