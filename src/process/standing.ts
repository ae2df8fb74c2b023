// Where a process stands before its next message: what the log says, and what the handlers of this code see. The two
// differ before slot 0 and where another version takes over; the next slot's patch then covers the difference.
import { errorData } from "../base/error-data.ts";
import { EscapementError, invalidInput, type ErrorData } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { validate } from "../base/validate.ts";
import { change, type Change } from "./change.ts";
import type { ProcessDefinition } from "./definition.ts";
import { freezeDeep } from "./patch.ts";

export interface Standing {
  /** What the next handler is given. Frozen. */
  readonly state: Json;
  /** The state as the log has it; null before slot 0. Frozen. */
  readonly recorded: Json;
}

/** Why a process cannot go on with this code. */
export interface Stopped {
  readonly stopped: ErrorData;
}

/** Before slot 0. */
export function firstStanding(definition: ProcessDefinition): Standing | Stopped {
  return attempt(() => ({
    state: readState(definition, null, definition.initial()).state,
    recorded: null,
  }));
}

/**
 * After a slot: `recorded` is the state there, which is frozen with this, and `version` that of the code which left it.
 * A state of another version is migrated, or what the schema makes of it; one of this version only has to be accepted.
 */
export function nextStanding(
  definition: ProcessDefinition,
  recorded: Json,
  version: string,
): Standing | Stopped {
  return attempt(() => {
    freezeDeep(recorded);
    const given = version === definition.version ? recorded : migrate(definition, recorded, version);
    const { state } = readState(definition, recorded, given);
    return { state: version === definition.version ? recorded : state, recorded };
  });
}

function migrate(definition: ProcessDefinition, recorded: Json, version: string): unknown {
  return definition.migrateState === undefined ? recorded : definition.migrateState(recorded, version);
}

function attempt(make: () => Standing): Standing | Stopped {
  try {
    return make();
  } catch (error) {
    return { stopped: errorData(error) };
  }
}

/** What the schema makes of a state, and how that differs from the one before. Throws `process.wrong-state`, `json.invalid`. */
export function readState(definition: ProcessDefinition, was: Json, given: unknown): Change {
  const checked = validate(definition.state, given);
  if (checked instanceof Promise) {
    checked.catch(() => undefined);
    throw new EscapementError(
      "process.wrong-state",
      `The schema of the state of "${definition.name}" is async: a fold waits for nothing. Use a schema that answers at once.`,
    );
  }
  if ("issues" in checked)
    throw invalidInput(
      "process.wrong-state",
      `The schema of "${definition.name}" (version ${definition.version}) refuses the state.`,
      checked.issues,
    );
  return change(was, checked.value);
}
