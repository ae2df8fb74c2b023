// The public sub-path `escapement/postgres`.
export { postgres, type PostgresOptions } from "./postgres-storage.ts";
