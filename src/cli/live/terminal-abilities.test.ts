import { expect, test } from "vitest";
import { terminalAbilities, type Environment } from "./terminal-abilities.ts";

test.each<[Environment, string, boolean, boolean]>([
  [{ TERM: "xterm-256color", LANG: "en_GB.UTF-8" }, "linux", true, true],
  [{ TERM: "xterm-256color", LANG: "en_GB.UTF-8", NO_COLOR: "1" }, "linux", false, true],
  [{ TERM: "xterm-256color", LANG: "en_GB.UTF-8", NO_COLOR: "" }, "linux", true, true],
  [{ TERM: "dumb", LANG: "en_GB.UTF-8" }, "linux", false, false],
  [{ TERM: "linux", LANG: "en_GB.UTF-8" }, "linux", true, false],
  [{ TERM: "xterm", LANG: "C" }, "linux", true, false],
  [{ TERM: "xterm", LANG: "C", LC_ALL: "C.utf8" }, "linux", true, true],
  [{ TERM: "xterm", LC_ALL: "C", LANG: "en_GB.UTF-8" }, "linux", true, false],
  [{ TERM: "xterm" }, "linux", true, true],
  [{ WT_SESSION: "x" }, "win32", true, true],
  [{}, "win32", true, false],
])("[LIV-16] %j on %s: colour %s, Unicode %s", (env, platform, color, unicode) => {
  expect(terminalAbilities(env, platform)).toEqual({ color, unicode });
});
