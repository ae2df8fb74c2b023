// Handlers in a thread that do what no handler should.
import { writeFileSync } from "node:fs";
import type { RunContext } from "escapement";

export default async function misbehave(
  { how, file }: { readonly how: string; readonly file?: string },
  ctx: RunContext,
): Promise<unknown> {
  switch (how) {
    case "block":
      for (;;);
    case "exit 0":
      return process.exit(0);
    case "exit 3":
      return process.exit(3);
    case "crash later":
      setTimeout(() => {
        throw new RangeError("thrown by a timer");
      }, 1);
      return new Promise(() => undefined);
    case "reject":
      void Promise.reject(new RangeError("nobody caught this"));
      return new Promise(() => undefined);
    case "function":
      return () => 1;
    case "bigint":
      return 5n;
    case "cycle": {
      const cycle: Record<string, unknown> = {};
      cycle["self"] = cycle;
      return cycle;
    }
    case "huge":
      return "x".repeat(1_100_000);
    case "throw text":
      // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- that is the point
      throw "just a text";
    case "throw trap": {
      const trap = new Error("trap");
      Object.defineProperty(trap, "message", {
        get: () => {
          throw new Error("do not look");
        },
      });
      throw trap;
    }
    case "leave running":
      setInterval(() => writeFileSync(file ?? "", String(Date.now())), 5);
      return new Promise((resolve) => setTimeout(() => resolve("done"), 50));
    case "swallow":
      for (;;) {
        try {
          await ctx.sleep("1h");
        } catch {
          // Not listening.
        }
      }
    default:
      return how;
  }
}
