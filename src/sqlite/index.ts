// The public sub-path `escapement/sqlite`.
export { sqlite, type SqliteOptions } from "./sqlite-storage.ts";
