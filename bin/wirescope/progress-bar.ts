import { SingleBar } from 'cli-progress';

export interface Progress {
  set(done: number, note: string): void;
  stop(): void;
}

/**
 * A bar on a terminal, on standard error so that it never mixes with the answer; nothing where there is none.
 * @param total without it, a mere count: nobody knows how many there are.
 */
export function progressBar(what: string, total?: number, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return { set: () => {}, stop: () => {} };
  const bar = new SingleBar({
    format: total === undefined ? `${what} {value} {note}` : `${what} {bar} {value}/{total} | {note}`,
    stream,
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(total ?? Number.MAX_SAFE_INTEGER, 0, { note: '' });
  return { set: (done, note) => bar.update(done, { note }), stop: () => bar.stop() };
}
