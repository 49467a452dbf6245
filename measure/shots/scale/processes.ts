import { readFileSync } from 'node:fs';

const bytesPerKiB = 1024;

/** Resident memory of a process and of all that it started, in bytes. */
export function treeBytes(processId: number): number {
  try {
    const own = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${processId}/status`, 'utf8'))?.[1] ?? 0);
    const children = readFileSync(`/proc/${processId}/task/${processId}/children`, 'utf8').trim();
    return (
      own * bytesPerKiB +
      children
        .split(' ')
        .filter(Boolean)
        .map(Number)
        .map(treeBytes)
        .reduce((a, b) => a + b, 0)
    );
  } catch {
    // It has ended in between.
    return 0;
  }
}

/** User and system time of one process, in seconds. */
export function coreSecondsOf(processId: number): number {
  const fields = readFileSync(`/proc/${processId}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
