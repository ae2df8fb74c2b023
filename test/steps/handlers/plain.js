// A handler in a thread, in JavaScript; its directives depend on its input.
export default function plain({ ask, ...input }, ctx) {
  if (ask === "again") return ctx.again({ ...input, second: true });
  if (ask === "cancel") return ctx.cancel("no longer needed");
  if (ask === "snooze") return ctx.snooze("1h");
  return { input, pass: ctx.pass, taskId: ctx.taskId ?? null };
}
