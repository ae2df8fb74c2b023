// What `start` was asked for, read from its options and the environment before anything is opened.
import { parseToken, type Token } from "../../http/token.ts";
import type { Storage } from "../../storage/storage.ts";
import { defaultStorage, storageOf } from "../open-storage.ts";
import { readWhole } from "../read-option.ts";
import { readProbe, type Probe } from "./probe.ts";

export interface StartValues {
  readonly storage?: string | undefined;
  readonly port?: string | undefined;
  readonly host?: string | undefined;
  readonly token?: readonly string[] | undefined;
  readonly probe?: readonly string[] | undefined;
  readonly archive?: string | undefined;
  readonly "payload-limit"?: string | undefined;
  readonly "no-console"?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export interface StartSettings {
  readonly storage: Storage;
  readonly port: number;
  readonly host: string;
  readonly tokens: readonly Token[];
  readonly probes: readonly Probe[];
  /** The folder for what retention takes out of the journal. */
  readonly archive?: string;
  readonly payloadLimit?: number;
  readonly page: boolean;
  /** JSON lines, also on a terminal. */
  readonly json: boolean;
}

/** Throws `cli.invalid` and `options.invalid`. */
export async function readStartSettings(
  values: StartValues,
  env: Readonly<Record<string, string | undefined>>,
): Promise<StartSettings> {
  const { storage = defaultStorage, port = "4040", host = "127.0.0.1", token = [], probe = [] } = values;
  const limit = values["payload-limit"];
  const shared = env["ESCAPEMENT_TOKEN"] ?? "";
  return {
    storage: await storageOf(storage),
    port: readWhole("--port", port, 0, 65_535),
    host,
    tokens: [...token, ...(shared === "" ? [] : [shared])].map(parseToken),
    probes: probe.map(readProbe),
    ...(values.archive === undefined ? {} : { archive: values.archive }),
    ...(limit === undefined ? {} : { payloadLimit: readWhole("--payload-limit", limit, 1_024, 67_108_864) }),
    page: values["no-console"] !== true,
    json: values.json === true,
  };
}
