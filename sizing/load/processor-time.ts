import { readdirSync, readFileSync } from 'node:fs';

/** Processor time in milliseconds that programs have used since they started. */
export type ProcessorTime = Readonly<Record<Program, number>>;
/**
 * Who works for a request: the process that sends it, the local endpoint server, the model server's own process, and
 * what runs the model.
 */
export type Program = 'client' | 'endpointServer' | 'modelServer' | 'worker';

/** The kernel counts in hundredths of a second. */
const millisecondsPerTick = 10;

interface Process {
  id: number;
  parent: number;
  name: string;
  milliseconds: number;
}

/**
 * Of this process and of the local endpoint server with all that it started. Linux only.
 * @param endpointServer process id
 */
export function processorTime(endpointServer: number): ProcessorTime {
  const all = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap(readProcess);
  const parents = new Map(all.map(({ id, parent }) => [id, parent]));
  const isBelow = (id: number): boolean => {
    for (let one = parents.get(id); one !== undefined; one = parents.get(one)) if (one === endpointServer) return true;
    return false;
  };
  const started = all.filter(({ id }) => isBelow(id));
  const sum = (processes: readonly Process[]): number =>
    processes.reduce((total, { milliseconds }) => total + milliseconds, 0);
  const { user, system } = process.cpuUsage();
  return {
    client: (user + system) / 1000,
    endpointServer: sum(all.filter(({ id }) => id === endpointServer)),
    modelServer: sum(started.filter(({ name }) => name === 'java')),
    worker: sum(started.filter(({ name }) => name !== 'java')),
  };
}

/** @returns nothing where the process has ended meanwhile */
function readProcess(entry: string): Process[] {
  try {
    const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
    // The name stands in brackets and may hold anything; what follows is separated by blanks, from the state on.
    const end = stat.lastIndexOf(')');
    const fields = stat.slice(end + 2).split(' ');
    return [
      {
        id: Number(entry),
        parent: Number(fields[1]),
        name: stat.slice(stat.indexOf('(') + 1, end),
        milliseconds: (Number(fields[11]) + Number(fields[12])) * millisecondsPerTick,
      },
    ];
  } catch {
    return [];
  }
}
