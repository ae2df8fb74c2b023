// The public door: re-exports only, grouped in reading order.
export {
  EscapementError,
  type ErrorCode,
  type ErrorData,
  type ErrorFamily,
  type Issue,
} from "./base/errors.ts";
export type { Clock, Instant, Timer } from "./base/clock.ts";
export type { Duration } from "./base/duration.ts";
export type { InstantLike } from "./base/instant.ts";
export type { Json } from "./base/json.ts";
export type { Random } from "./base/random.ts";

export { createRuntime } from "./runtime/create-runtime.ts";
export type { Logger, RuntimeOptions, WorkOptions } from "./runtime/options.ts";
export type { Runtime } from "./runtime/runtime.ts";
export type { JoinedTransaction, RuntimeTransaction } from "./runtime/transaction.ts";

export type {
  Action,
  ActionDescription,
  ActionOptions,
  IsolatedActionOptions,
  RetryOptions,
} from "./actions/action.ts";
export type { ChildOptions, RunContext, SleepOptions } from "./actions/run-context.ts";
export { defineProcess } from "./process/definition.ts";
export type {
  Handled,
  HandlerContext,
  Immutable,
  MessageDefinition,
  ProcessOptions,
} from "./process/definition.ts";
export { effects, type Effect } from "./process/effects.ts";
export type { Operation, Patch } from "./process/patch.ts";
export type { ProcessHandle } from "./processes/process-handle.ts";
export type { Assignment, HistoryItem, ProcessInfo } from "./processes/views.ts";
export type { Task, TaskInput } from "./task/task.ts";
export type { Run, RunState } from "./run/run.ts";
export type { Content } from "./record/content.ts";
export type { AppendOptions, AppendResult, Memory } from "./memory/memory.ts";
export type { ForgottenRecord, Lineage, MemoryRecord } from "./memory/memory-record.ts";
export type { NewRecord } from "./memory/new-record.ts";
export type { SearchHit, SearchOptions, SearchResult } from "./memory/search.ts";
export type { Change } from "./memory/changes.ts";
export type { Event } from "./journal/event.ts";
export type { SubscriptionState } from "./journal/journal.ts";
export type { BatchOptions, SubscribeOptions, Subscription } from "./journal/subscription.ts";
export type { Verification } from "./journal/verify.ts";
export type { Storage } from "./storage/storage.ts";
export type { Document, Kept, Store, StoreChange, StoreStatus } from "./stores/store.ts";
export type { StoreDescription } from "./stores/definition.ts";
export { defineTable, type DatabaseOf, type RowOf, type Table } from "./tables/table.ts";
export { migrate, type MigrateOptions, type MigrationReport } from "./tables/migrate.ts";
export type { TableMigration } from "./tables/migration.ts";
export type { Tables } from "./tables/tables.ts";
export { cell, type Cell, type CellOptions, type CellRef, type Versioned } from "./cells/cell.ts";
export type { CellMemory } from "./cells/cell-memory.ts";
export { pipe, run, stateless, type Agent, type RunOptions, type Step, type Stepped } from "./cells/step.ts";
export { createPaths, type Paths, type PathsOptions } from "./paths/paths.ts";
export { services, type Services } from "./services/services.ts";
export type { App } from "./services/app.ts";
