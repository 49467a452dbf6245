import { describe, expect, it } from 'vitest';
import { pastTheCut, shotAt, timecodeAt } from '../../web/src/asset/player-clock.ts';

type Shots = Parameters<typeof shotAt>[0];
const shots = (starts: readonly [number, number, string][]): Shots =>
  starts.map(([startSeconds, endSeconds, startTimecode]) => ({
    startSeconds,
    endSeconds,
    startTimecode,
  })) as unknown as Shots;

describe('the player’s clock', () => {
  it('counts the source’s own timecode on', () => {
    const video = shots([
      [0, 4, '10:00:00:00'],
      [4, 9, '10:00:04:00'],
    ]);
    expect(timecodeAt(video, 25, 0)).toBe('10:00:00:00');
    expect(timecodeAt(video, 25, 4.02)).toBe('10:00:04:00');
    expect(timecodeAt(video, 25, 4.999)).toBe('10:00:04:24');
  });

  it('drops numbers where the source does', () => {
    const video = shots([[0, 90, '00:59:00;02']]);
    expect(timecodeAt(video, 30000 / 1001, 1798 / (30000 / 1001) + 0.001)).toBe('01:00:00;00');
  });

  it('finds the shot on screen, and shows none of the one before', () => {
    const video = shots([
      [0, 4, '00:00:00:00'],
      [4, 9, '00:00:04:00'],
    ]);
    expect(shotAt(video, 3.99)).toBe(0);
    expect(shotAt(video, 4)).toBe(1);
    expect(shotAt(video, 99)).toBe(1);
    const [, second] = video;
    expect(second && shotAt(video, pastTheCut(second, 25))).toBe(1);
  });
});
