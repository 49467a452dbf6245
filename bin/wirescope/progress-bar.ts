import { SingleBar } from 'cli-progress';

export interface Progress {
  set(done: number, note: string): void;
  stop(): void;
}

/** A bar on a terminal, on standard error so that it never mixes with the answer; nothing where there is none. */
export function progressBar(what: string, total: number): Progress {
  if (!process.stderr.isTTY) return { set: () => {}, stop: () => {} };
  const bar = new SingleBar({
    format: `${what} {bar} {value}/{total} | {note}`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(total, 0, { note: '' });
  return { set: (done, note) => bar.update(done, { note }), stop: () => bar.stop() };
}
