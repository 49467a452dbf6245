import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { progressBar } from '../../bin/wirescope/progress-bar.ts';

function screen(isTTY: boolean) {
  const shown: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      shown.push(String(chunk));
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns: 120 }) as unknown as NodeJS.WriteStream, shown };
}

describe('a progress bar', () => {
  it('shows on a terminal how many of all are done, and what is at work', () => {
    const { stream, shown } = screen(true);
    const progress = progressBar('redrive', 4, stream);
    progress.set(2, 'goal.jpg');
    progress.stop();
    expect(shown.join('')).toMatch(/redrive .*2\/4 \| goal\.jpg/);
  });

  it('counts where nobody knows how many there are', () => {
    const { stream, shown } = screen(true);
    const progress = progressBar('counting', undefined, stream);
    progress.set(1200, 'objects');
    progress.stop();
    expect(shown.join('')).toMatch(/counting 1200 objects/);
    expect(shown.join('')).not.toMatch(/\d\/\d/);
  });

  it('writes nothing where there is no terminal, so that a log holds answers alone', () => {
    const { stream, shown } = screen(false);
    const progress = progressBar('redrive', 4, stream);
    progress.set(2, 'goal.jpg');
    progress.stop();
    expect(shown).toEqual([]);
  });
});
