// The line to which a waiting row belongs when nothing holds it: control actions have one that no switch can hold.
import { exemptActions } from "../run/controls.ts";
import { exempt, ready } from "../run/place.ts";

const names = Array.from(exemptActions, (action) => `'${action}'`).join(", ");

/** SQL over a row of `run`. Whatever lets go of a row has to put it back there, never into another line. */
export const ownLine: string = `CASE WHEN action IN (${names}) THEN '${exempt}' ELSE '${ready}' END`;
