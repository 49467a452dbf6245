import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second: `getconf CLK_TCK`. */
const ticksPerSecond = 100;

/** Seconds of processor that a process has used, with the threads and children it has waited for. */
export function processorSeconds(processId: number): number {
  const fields = readFileSync(`/proc/${processId}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0) / ticksPerSecond;
}

/** Keeps a process, all its threads and those to come, on some cores. */
export function keepOn(processId: number, cores: string): void {
  execFileSync('taskset', ['-a', '-c', '-p', cores, String(processId)], { stdio: 'ignore' });
}

/** The processes below one, itself included. */
export function familyOf(processId: number): number[] {
  const children = readdirSync(`/proc/${processId}/task`).flatMap((thread) =>
    readFileSync(`/proc/${processId}/task/${thread}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
  );
  return [processId, ...children.flatMap(familyOf)];
}
