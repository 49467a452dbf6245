import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  advance(by: number): void;
  stop(): void;
}

const barFromTotal = 1;
const lineEveryMilliseconds = 10_000;

/** A bar with the time left, on stderr; a line every ten seconds where that is no terminal. */
export function progressBar(title: string, total: number): Progress {
  if (total < barFromTotal) return { advance: () => {}, stop: () => {} };
  const bar = new SingleBar(
    {
      format: `${title} {bar} {percentage} %, {eta_formatted} left`,
      hideCursor: true,
      noTTYOutput: true,
      notTTYSchedule: lineEveryMilliseconds,
      etaBuffer: 50,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return { advance: (by) => bar.increment(by), stop: () => bar.stop() };
}
