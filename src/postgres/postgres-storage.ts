// PostgreSQL as a Storage: any number of nodes on one database, each with a pool of connections.
import type { Pool } from "pg";
import type { Clock, Instant } from "../base/clock.ts";
import { EscapementError } from "../base/errors.ts";
import { checkOptions } from "../base/options.ts";
import type { Finding } from "../storage/inspection.ts";
import type {
  CallersConnection,
  CommitHint,
  SqlRow,
  SqlValue,
  Storage,
  StorageNouns,
  Transaction,
} from "../storage/storage.ts";
import { nounsOver } from "../storage/verbs.ts";
import { callersTypes, type Connection } from "./connection.ts";
import { identityOf, readClient, refuseOther } from "./callers-client.ts";
import { Connections, withoutPassword } from "./connections.ts";
import { DatabaseClock } from "./database-clock.ts";
import { inspect } from "./inspect.ts";
import { LeaseThread } from "./lease-thread.ts";
import { Listener, notification } from "./listener.ts";
import { migrate } from "./migrate.ts";
import { coalesced, nounsIn, PostgresEngine } from "./postgres-engine.ts";
import { translate } from "./postgres-error.ts";
import { number } from "./postgres-journal.ts";
import { sumTallies } from "./postgres-retention.ts";
import { OwnSession } from "./session.ts";
import { JoinedSession, snapshot, transact, transactionOver } from "./transaction.ts";

export interface PostgresOptions {
  /** Where the tables are kept; made when it is not there. Default `escapement`. */
  readonly schema?: string;
}

const lookAgainMs = 1_000;
const schemaName = /^[a-z_][a-z0-9_]{0,47}$/i;

/** An address like `postgres://user@host/database`, or a pool of `pg` that stays the caller's. Throws `options.invalid`. */
export function postgres(target: string | Pool, options: PostgresOptions = {}): PostgresStorage {
  checkOptions(options, ["schema"], { code: "options.invalid", what: "Cannot use PostgreSQL." });
  const { schema = "escapement" } = options;
  if (!schemaName.test(schema)) {
    throw new EscapementError(
      "options.invalid",
      `Cannot keep the tables in schema ${JSON.stringify(schema)}: a name has 1 to 48 letters, digits and underscores, and begins with no digit.`,
    );
  }
  if (typeof target === "string" && !/^postgres(?:ql)?:\/\//.test(target)) {
    throw new EscapementError(
      "options.invalid",
      `Cannot read the address ${JSON.stringify(target)}: write it like postgres://user:password@host:5432/database.`,
    );
  }
  return new PostgresStorage(target, schema);
}

/** What `postgres()` gives: a Storage that can also work inside a transaction of the caller's own. */
export class PostgresStorage implements Storage {
  readonly address: string;
  readonly shared = true;
  readonly dialect = "postgres";
  readonly clock: Clock;
  readonly runs: StorageNouns["runs"];
  readonly steps: StorageNouns["steps"];
  readonly tasks: StorageNouns["tasks"];
  readonly processes: StorageNouns["processes"];
  readonly journal: StorageNouns["journal"];
  readonly cursors: StorageNouns["cursors"];
  readonly control: StorageNouns["control"];
  readonly gate: StorageNouns["gate"];
  readonly nodes: StorageNouns["nodes"];
  readonly retention: StorageNouns["retention"];
  readonly records: StorageNouns["records"];
  readonly refs: StorageNouns["refs"];
  readonly vectors: StorageNouns["vectors"];
  readonly documents: StorageNouns["documents"];
  readonly dump: StorageNouns["dump"];
  readonly #target: string | Pool;
  readonly #schema: string;
  readonly #time = new DatabaseClock();
  readonly #listeners = new Set<(hint: CommitHint) => void>();
  readonly #underWay = new Set<Promise<unknown>>();
  #open: Open | undefined;

  constructor(target: string | Pool, schema: string) {
    this.#target = target;
    this.#schema = schema;
    this.clock = this.#time.clock;
    this.address = typeof target === "string" ? withoutPassword(target) : "postgres: a pool of the caller";
    const nouns = nounsOver((noun, verb, _kind, input) => this.#call(noun, verb, input));
    this.runs = nouns.runs;
    this.steps = nouns.steps;
    this.tasks = nouns.tasks;
    this.processes = nouns.processes;
    this.journal = nouns.journal;
    this.cursors = nouns.cursors;
    this.control = nouns.control;
    this.gate = nouns.gate;
    this.nodes = nouns.nodes;
    this.retention = nouns.retention;
    this.records = nouns.records;
    this.refs = nouns.refs;
    this.vectors = nouns.vectors;
    this.documents = nouns.documents;
    this.dump = nouns.dump;
  }

  async open(): Promise<void> {
    if (this.#open !== undefined) return;
    const connections = new Connections(this.#target, this.#schema);
    let identity: string;
    try {
      identity = await connections.use(async (connection) => {
        await migrate(connection, this.#schema);
        await this.#time.start(connection);
        return identityOf(connection);
      });
    } catch (error) {
      await connections.close();
      throw translate(error);
    }
    this.#open = this.#start(connections, identity);
  }

  #start(connections: Connections, identity: string): Open {
    const { config, statements } = connections;
    const lease = new LeaseThread(config, (sql) => statements.inSchema(sql));
    const engine = new PostgresEngine();
    const channel = `escapement_${this.#schema}`;
    const listener = new Listener({
      config,
      channel,
      statements,
      onHint: (hint) => {
        engine.claim.hear(hint);
        this.#tell(hint);
      },
      onBeat: (connection) => this.#beat(connection),
    });
    const session = new OwnSession(connections, (hint) => {
      engine.claim.hear(hint);
      this.#tell(hint);
      listener.tell(hint);
    });
    listener.start();
    // Whoever waits for news looks again now and then, heard or not.
    const floor = setInterval(() => this.#tell({}), lookAgainMs);
    floor.unref();
    return {
      connections,
      channel,
      identity,
      engine,
      session,
      nouns: leased(coalesced(engine, session), lease),
      listener,
      lease,
      floor,
    };
  }

  /** What has to be done now and then, on a connection that nothing else uses. */
  async #beat(connection: Connection): Promise<void> {
    await this.#time.follow(connection);
    await connection.get(number);
    await connection.run(sumTallies);
  }

  async close(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    await this.settled();
    this.#open = undefined;
    clearInterval(open.floor);
    await open.lease.close();
    await open.listener.stop();
    await open.connections.close();
  }

  transaction<Result>(
    work: (inside: Transaction) => Promise<Result>,
    options: { readonly timeoutMs: number },
  ): Promise<Result> {
    const open = this.#open;
    if (open === undefined) return this.#refuse();
    const { tell } = open.session;
    return this.#track(transact(open.connections, open.engine, work, { ...options, tell }));
  }

  /** Others go on with their work meanwhile. */
  snapshot<Result>(work: (dump: StorageNouns["dump"]) => Promise<Result>): Promise<Result> {
    const open = this.#open;
    if (open === undefined) return this.#refuse();
    return this.#track(snapshot(open.connections, (session) => work(nounsIn(open.engine, session).dump)));
  }

  /** Tells the nodes of the commit, through the transaction itself; the caller has nothing to do after it. */
  within(connection: CallersConnection): Transaction {
    const open = this.#open;
    if (open === undefined) throw stopped(this.address);
    const { connections, engine, channel, identity } = open;
    const client = readClient(connection);
    const joined = connections.over(client);
    const session = new JoinedSession(joined, {
      check: () => refuseOther(joined, { identity, address: this.address }),
      // Sent before the call is answered, so before the caller's COMMIT; a hint that is lost costs a moment, no more.
      onHint: (hint) => {
        const { text, values } = notification(channel, hint);
        client.query(text, values).catch(() => undefined);
      },
    });
    return transactionOver(engine, session);
  }

  async probe(): Promise<void> {
    const open = this.#open ?? (await this.#refuse());
    // A server that only stands by takes no changes.
    const row = await open.session.read((connection) =>
      connection.get("SELECT pg_is_in_recovery() AS standby"),
    );
    if (row?.["standby"] === true)
      throw new EscapementError("storage.unwritable", `${this.address} is a standby: it takes no changes.`);
  }

  async query(text: string, values: readonly SqlValue[] = []): Promise<readonly SqlRow[]> {
    const open = this.#open;
    if (open === undefined) return this.#refuse();
    const query = { text, values: [...values], types: callersTypes };
    const asked = open.session.read(({ client }) => client.query<SqlRow>(query));
    return (await this.#track(asked)).rows;
  }

  async inspect({ now }: { readonly now: Instant }): Promise<readonly Finding[]> {
    const open = this.#open;
    if (open === undefined) return this.#refuse();
    const look = { schema: this.#schema, now };
    return this.#track(open.connections.use((connection) => inspect(connection, look)));
  }

  onCommit(listener: (hint: CommitHint) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async settled(): Promise<boolean> {
    const busy = this.#underWay.size > 0;
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
    return busy;
  }

  #call(noun: string, verb: string, input: unknown): Promise<unknown> {
    const open = this.#open;
    if (open === undefined) return this.#refuse();
    const found: unknown = Reflect.get(Reflect.get(open.nouns, noun), verb);
    if (typeof found !== "function")
      throw new EscapementError("invariant.broken", `PostgreSQL has no ${noun}.${verb}.`);
    return this.#track(Promise.resolve<unknown>(found(input)));
  }

  #track<Result>(work: Promise<Result>): Promise<Result> {
    this.#underWay.add(work);
    const forget = (): boolean => this.#underWay.delete(work);
    work.then(forget, forget);
    return work;
  }

  #tell(hint: CommitHint): void {
    for (const listener of this.#listeners) listener(hint);
  }

  #refuse(): Promise<never> {
    return Promise.reject(stopped(this.address));
  }
}

function stopped(address: string): EscapementError {
  return new EscapementError(
    "runtime.stopped",
    `The storage ${address} is not open: do not use a runtime after stop().`,
  );
}

interface Open {
  readonly connections: Connections;
  /** On which nodes tell each other of commits. */
  readonly channel: string;
  /** Of the database; see callers-client.ts. */
  readonly identity: string;
  readonly engine: PostgresEngine;
  readonly session: OwnSession;
  readonly nouns: StorageNouns;
  readonly listener: Listener;
  readonly lease: LeaseThread;
  readonly floor: NodeJS.Timeout;
}

/** The same nouns, with leases that are renewed unattended where that was asked for. */
function leased(nouns: StorageNouns, lease: LeaseThread): StorageNouns {
  const { nodes } = nouns;
  return {
    ...nouns,
    nodes: {
      ...nodes,
      async join(request) {
        await nodes.join(request);
        if (request.renewal === "unattended") lease.hold(request.node, request.leaseMs);
      },
      renew(request) {
        lease.beat();
        return nodes.renew(request);
      },
      leave(request) {
        lease.release(request.node);
        return nodes.leave(request);
      },
    },
  };
}
