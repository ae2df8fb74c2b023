// The next times of a cron expression, with what a person should know about them. Needs no server and no storage.
import { systemClock } from "../../base/clock.ts";
import { parseInstant } from "../../base/instant.ts";
import type { DstPreset } from "../../cron/cron.ts";
import { parseRule } from "../../schedule/parse-rule.ts";
import { preview as previewRule } from "../../schedule/preview.ts";
import { command, type Command } from "../command.ts";
import { previewLine } from "../preview-line.ts";
import { readChoice, readWhole } from "../read-option.ts";

const presets: readonly DstPreset[] = ["vixie", "skip", "shift", "first", "last", "both"];

export const preview: Command = command({
  name: "preview",
  summary: "the next times of a cron expression",
  words: ['"CRON"'],
  about: "Notes say where a change of the clocks moves or drops a time. No server is needed.",
  options: {
    tz: { type: "string", value: "ZONE", help: "IANA time zone, like Europe/Paris; default UTC" },
    dst: { type: "string", value: "PRESET", help: `${presets.join(", ")}; default vixie` },
    count: { type: "string", short: "n", value: "NUMBER", help: "how many times; default 5" },
    from: { type: "string", value: "TIME", help: "times after this one (ISO 8601); default now" },
    json: { type: "boolean", help: "JSON instead of a text for people" },
  },
  examples: [
    'preview "0 3 * * *" --tz Europe/Berlin',
    'preview "*/15 9-17 * * MON-FRI" -n 10',
    'preview "30 2 * * *" --tz America/New_York --from 2026-03-07 --json',
  ],
  run({ values, words: [text = ""], output }) {
    const { tz = "UTC", dst = "vixie", count = "5", from } = values;
    const preset = readChoice("--dst", dst, presets);
    const rule = parseRule({ type: "cron", schedule: text, timezone: tz, dst: preset });
    const start = from === undefined ? systemClock.now() : parseInstant(from);
    const times = previewRule(rule, { from: start, count: readWhole("-n", count, 1, 1_000) });
    if (values.json === true) {
      output.json({ items: times.map((time) => ({ ...time, at: new Date(time.at).toISOString() })) });
    } else if (times.length === 0) {
      output.line(`"${text}" has no more times.`);
    } else {
      for (const { at, local, note } of times) output.line(previewLine(new Date(at), local, note));
    }
    return Promise.resolve();
  },
});
