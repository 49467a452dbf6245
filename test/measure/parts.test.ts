import { describe, expect, it } from 'vitest';
import { measureParts, type PartRecord } from '../../measure/parts.ts';

const part = (holds: boolean) => async () => ({
  targets: [{ name: 'is fast', holds, found: '3' }],
  figures: { framesPerSecond: 3 },
});
const earlier: PartRecord = {
  date: '2026-01-02T00:00:00.000Z',
  commit: 'c0ffee00',
  targets: [{ name: 'is right', holds: true, found: '0.98' }],
  figures: { cutF1: 0.98 },
};

describe('a measure of several parts', () => {
  it('keeps what a part left that was not run, and says when that was', async () => {
    const { targets, figures, details } = await measureParts({ speed: part(true), accuracy: part(false) }, ['speed'], {
      accuracy: earlier,
    });
    expect(targets).toEqual([
      { name: 'speed: is fast', holds: true, found: '3' },
      { name: 'accuracy: is right', holds: true, found: '0.98 (measured 2026-01-02)' },
    ]);
    expect(figures).toEqual({ framesPerSecond: 3, cutF1: 0.98 });
    expect((details as { parts: Record<string, PartRecord> }).parts['accuracy']).toEqual(earlier);
  });

  it('falls short where a part was never run', async () => {
    const { targets } = await measureParts({ speed: part(true), accuracy: part(true) }, ['speed'], {});
    expect(targets.find(({ name }) => name.startsWith('accuracy'))).toMatchObject({ holds: false, found: 'never' });
  });

  it('takes nothing of a part that ran anew from before', async () => {
    const { targets } = await measureParts({ accuracy: part(false) }, ['accuracy'], { accuracy: earlier });
    expect(targets).toEqual([{ name: 'accuracy: is fast', holds: false, found: '3' }]);
  });
});
