// How full the file system is that holds a directory.

/** One mounted file system, as systeminformation lists it. */
export interface FileSystem {
  readonly mount: string;
  readonly size: number;
  readonly used: number;
  readonly available: number;
}

export interface DiskUsage {
  readonly totalBytes: number;
  readonly usedBytes: number;
  /** What a user may still write; less than total minus used where some is kept for root. */
  readonly availableBytes: number;
}

/** Mounts lie inside each other: the one with the longest path that holds the directory is meant. */
export function diskUsage(fileSystems: readonly FileSystem[], directory: string): DiskUsage | undefined {
  const [nearest] = fileSystems
    .filter((system) => holds(system.mount, directory))
    .sort((a, b) => b.mount.length - a.mount.length);
  if (nearest === undefined) return undefined;
  return { totalBytes: nearest.size, usedBytes: nearest.used, availableBytes: nearest.available };
}

/** Windows writes `c:` for the mount and `C:\work` for the directory. */
function holds(mount: string, directory: string): boolean {
  const windows = /^[a-z]:$/i.test(mount);
  if (windows) return directory.toLowerCase().startsWith(`${mount.toLowerCase()}\\`);
  return directory === mount || directory.startsWith(mount.endsWith("/") ? mount : `${mount}/`);
}
