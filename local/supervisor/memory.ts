import { readdirSync, readFileSync } from 'node:fs';

interface ProcessRow {
  id: number;
  group: number;
  residentKiB: number;
}

function processRows(): ProcessRow[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        // Proportional set size counts a page that several processes share once; not every kernel lets it be read.
        const rollup = readFileSync(`/proc/${name}/smaps_rollup`, 'utf8');
        const kib = Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
        return [{ id: Number(name), group: Number(fields[2]), residentKiB: kib }];
      } catch {
        return []; // The process ended between the listing and the reading.
      }
    });
}

/** Memory in MiB of the given process groups and of this process, from Linux's /proc; 0 on other systems. */
export function memoryMiB(groups: readonly number[]): number {
  if (process.platform !== 'linux') return 0;
  const wanted = new Set(groups);
  const rows = processRows().filter((row) => wanted.has(row.group) || row.id === process.pid);
  return Math.round(rows.reduce((sum, row) => sum + row.residentKiB, 0) / 1024);
}
