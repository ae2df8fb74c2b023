// Every command, in the order in which help shows them.
import type { Command } from "./command.ts";
import { backup } from "./commands/backup.ts";
import { controlCluster } from "./commands/control-cluster.ts";
import { controlKill } from "./commands/control-kill.ts";
import { controlLimit } from "./commands/control-limit.ts";
import { controlRestore } from "./commands/control-restore.ts";
import { controlStatus } from "./commands/control-status.ts";
import { copy } from "./commands/copy.ts";
import { doctor } from "./commands/doctor.ts";
import { journalTail } from "./commands/journal-tail.ts";
import { preview } from "./commands/preview.ts";
import { runsCancel } from "./commands/runs-cancel.ts";
import { runsEnqueue } from "./commands/runs-enqueue.ts";
import { runsList } from "./commands/runs-list.ts";
import { runsRetry } from "./commands/runs-retry.ts";
import { runsShow } from "./commands/runs-show.ts";
import { start } from "./commands/start.ts";
import { tasksAdd } from "./commands/tasks-add.ts";
import { tasksBackfill } from "./commands/tasks-backfill.ts";
import { tasksExplain } from "./commands/tasks-explain.ts";
import { tasksList } from "./commands/tasks-list.ts";
import { tasksPreview } from "./commands/tasks-preview.ts";
import { tasksRemove } from "./commands/tasks-remove.ts";
import { tasksShow } from "./commands/tasks-show.ts";
import { tasksStart } from "./commands/tasks-start.ts";
import { tasksStop } from "./commands/tasks-stop.ts";
import { tasksTrigger } from "./commands/tasks-trigger.ts";

export const commands: readonly Command[] = [
  start,
  preview,
  tasksList,
  tasksShow,
  tasksAdd,
  tasksStart,
  tasksStop,
  tasksTrigger,
  tasksPreview,
  tasksExplain,
  tasksBackfill,
  tasksRemove,
  runsList,
  runsShow,
  runsEnqueue,
  runsCancel,
  runsRetry,
  controlStatus,
  controlKill,
  controlRestore,
  controlCluster,
  controlLimit,
  journalTail,
  copy,
  backup,
  doctor,
];
