// The lint rules. The borders between folders come from the same table as tools/check-layers.ts,
// so that an editor underlines a breach while it is typed.
import { defineConfig, type OxlintOverride } from "oxlint";
import { layers } from "./tools/layers.ts";

/** Folders that may read the calendar; everything else takes the time as a value. */
const calendar = [
  "src/base/clock.ts",
  "src/base/instant.ts",
  "src/time/**",
  "src/cron/**",
  "src/schedule/**",
];
const folders = layers.map((layer) => layer.folder);
const readsNoClock = [
  { object: "Date", property: "now", message: "Ask the Clock port." },
  { object: "Math", property: "random", message: "Ask the Random port." },
];
/** The world outside comes in through ports. */
const world = ["setTimeout", "setInterval", "process", "console", "fetch"];

/** The engines deal with the world themselves: files, threads, connections, and timers for them. */
const engines = new Set(["sqlite", "postgres"]);

function foldersFrom(lowest: number, highest: number): string[] {
  return layers
    .filter(({ level, folder }) => level >= lowest && level <= highest && !engines.has(folder))
    .map(({ folder }) => `src/${folder}/**/*.ts`);
}

export default defineConfig({
  plugins: ["typescript", "unicorn", "oxc", "import", "promise"],
  options: { typeAware: true },
  categories: { correctness: "error", suspicious: "error", perf: "error" },
  rules: {
    "no-await-in-loop": "off", // order matters more often than not; parallel work is written with Promise.all
    "no-shadow": "off", // `row` inside `rows.map` is clearer than `row2`
    "consistent-return": "off", // fights exhaustive switches
    "import/no-unassigned-import": "off", // only used on purpose
    "unicorn/no-array-sort": "off", // toSorted copies; a fresh array need not
    "unicorn/consistent-function-scoping": "off", // a small closure beside its use reads better
    "unicorn/require-post-message-target-origin": "off", // that is for windows; our messages go to threads
    "oxc/no-map-spread": "off", // copies out are the rule here
    "promise/always-return": "off", // a `then` may end a chain
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/switch-exhaustiveness-check": "error",
    "typescript/consistent-type-imports": "error",
    "no-restricted-properties": ["error", ...readsNoClock],
    "import/no-default-export": "error",
    "max-lines": ["error", { max: 300, skipComments: true, skipBlankLines: true }],
    "max-lines-per-function": ["error", { max: 60, skipComments: true, skipBlankLines: true }],
  },
  overrides: [
    ...layers.map((layer): OxlintOverride => ({
      files: [`src/${layer.folder}/**/*.ts`],
      rules: {
        "no-restricted-imports": [
          "error",
          {
            patterns: folders
              .filter((folder) => folder !== layer.folder && !layer.imports.includes(folder))
              .map((folder) => ({
                group: [`../${folder}/*`, `../../${folder}/*`],
                message: `${layer.folder} may not import ${folder}: see tools/layers.ts.`,
              })),
          },
        ],
      },
    })),
    {
      // In the pure layers time is a number; elsewhere `new Date(at)` is how it is handed out.
      files: foldersFrom(1, 1),
      rules: { "no-restricted-globals": ["error", "Date", ...world] },
    },
    { files: foldersFrom(2, 4), rules: { "no-restricted-globals": ["error", ...world] } },
    // The ports' own system implementations, and calendar arithmetic.
    {
      files: [...calendar, "src/base/random.ts"],
      rules: { "no-restricted-globals": "off", "no-restricted-properties": "off" },
    },
    // Tests, tools, benches and examples measure and schedule in the real world; suites are long functions.
    {
      files: [
        "**/*.test.ts",
        "test/**",
        "tools/**",
        "bench/**",
        "examples/**",
        "*.config.ts",
        "src/testing/**",
      ],
      rules: {
        "no-restricted-properties": "off",
        "no-restricted-globals": "off",
        "no-restricted-imports": "off",
        "max-lines-per-function": "off",
        "max-lines": ["error", { max: 600, skipComments: true, skipBlankLines: true }],
        "import/no-default-export": "off", // configs and user modules are default exports
        "typescript/no-non-null-assertion": "off", // a missing value fails the test anyway
      },
    },
  ],
  ignorePatterns: ["dist", "node_modules", ".cache"],
});
