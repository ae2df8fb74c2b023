// What the terminal at the other end can show, as far as it says so. NO_COLOR (no-color.org) is honoured.

export interface TerminalAbilities {
  readonly color: boolean;
  readonly unicode: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export function terminalAbilities(env: Environment, platform: string): TerminalAbilities {
  return { color: showsColor(env), unicode: showsUnicode(env, platform) };
}

function showsColor(env: Environment): boolean {
  return (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

/**
 * The first of these that is set decides, as in POSIX; where none is, as in most containers, the terminal at the other
 * end is a modern one. The Linux console has a font of 256 signs, without bars.
 */
function showsUnicode(env: Environment, platform: string): boolean {
  if (env["TERM"] === "linux" || env["TERM"] === "dumb") return false;
  if (platform === "win32") return env["WT_SESSION"] !== undefined || env["TERM_PROGRAM"] !== undefined;
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return locale === "" || /utf-?8/i.test(locale);
}
