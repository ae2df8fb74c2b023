// Every route of the API, in the order in which paths are tried: fixed words before ids.
import type { Runtime } from "../runtime/runtime.ts";
import type { Route } from "./route.ts";
import { controlRoutes } from "./routes/control-routes.ts";
import { gateRoutes } from "./routes/gate-routes.ts";
import { journalRoutes } from "./routes/journal-routes.ts";
import { ledgerRoutes } from "./routes/ledger-routes.ts";
import { memoryRoutes } from "./routes/memory-routes.ts";
import { processRoutes } from "./routes/process-routes.ts";
import { runRoutes } from "./routes/run-routes.ts";
import { streamRoutes } from "./routes/stream-routes.ts";
import { taskRoutes } from "./routes/task-routes.ts";

export function apiRoutes(runtime: Runtime): readonly Route[] {
  return [
    ...ledgerRoutes(runtime),
    ...taskRoutes(runtime),
    ...runRoutes(runtime),
    ...processRoutes(runtime),
    ...journalRoutes(runtime),
    ...streamRoutes(runtime),
    ...controlRoutes(runtime),
    ...memoryRoutes(runtime),
    ...gateRoutes(runtime),
  ];
}
