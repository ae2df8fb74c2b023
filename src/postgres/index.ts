// The public sub-path `escapement/postgres`.
export { postgres, type PostgresOptions, type PostgresStorage } from "./postgres-storage.ts";
