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
import { gateNext } from "./commands/gate-next.ts";
import { gatePending } from "./commands/gate-pending.ts";
import { gateSet } from "./commands/gate-set.ts";
import { journalExport } from "./commands/journal-export.ts";
import { journalTail } from "./commands/journal-tail.ts";
import { memoryAdd } from "./commands/memory-add.ts";
import { memoryForget } from "./commands/memory-forget.ts";
import { memoryLineage } from "./commands/memory-lineage.ts";
import { memoryList } from "./commands/memory-list.ts";
import { memorySearch } from "./commands/memory-search.ts";
import { memoryShow } from "./commands/memory-show.ts";
import { journalVerify } from "./commands/journal-verify.ts";
import { preview } from "./commands/preview.ts";
import { processesFork } from "./commands/processes-fork.ts";
import { processesHistory } from "./commands/processes-history.ts";
import { processesList } from "./commands/processes-list.ts";
import { processesReplay } from "./commands/processes-replay.ts";
import { processesResume } from "./commands/processes-resume.ts";
import { processesSend } from "./commands/processes-send.ts";
import { processesShow } from "./commands/processes-show.ts";
import { processesVerify } from "./commands/processes-verify.ts";
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
  processesList,
  processesShow,
  processesSend,
  processesHistory,
  processesVerify,
  processesFork,
  processesReplay,
  processesResume,
  controlStatus,
  controlKill,
  controlRestore,
  controlCluster,
  controlLimit,
  gateSet,
  gatePending,
  gateNext,
  journalTail,
  memoryAdd,
  memorySearch,
  memoryList,
  memoryShow,
  memoryLineage,
  memoryForget,
  journalExport,
  journalVerify,
  copy,
  backup,
  doctor,
];
