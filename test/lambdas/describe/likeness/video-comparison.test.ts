import { describe, expect, it } from 'vitest';
import { compareVideos } from '../../../../lambdas/describe/likeness/video-comparison.ts';
import { withFlipped } from '../../clients/near-duplicates/hashes.ts';

const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

describe('two videos', () => {
  const hash = (n: number) =>
    ((BigInt(n + 1) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn).toString(16).padStart(16, '0');
  const video = (durationSeconds: number, from = 0, count = 10) => ({
    durationSeconds,
    keyframes: Array.from({ length: count }, (_, at) => ({ hash: hash(from + at), seconds: at * 5 })),
  });

  it('are the same where their keyframes come at the same distances', () => {
    expect(compareVideos(video(50), video(50))).toEqual({ isSame: true, score: 1 });
    const late = video(50).keyframes.map(({ seconds, ...rest }) => ({ ...rest, seconds: seconds + 1 }));
    expect(compareVideos(video(50), { durationSeconds: 51, keyframes: late }).isSame).toBe(true);
  });

  it('are the same where one was trimmed at its ends, and related where half of it is gone', () => {
    expect(compareVideos(video(50), video(40, 1, 8))).toEqual({ isSame: true, score: 1 });
    expect(compareVideos(video(50), video(25, 2, 5))).toEqual({ isSame: false, score: 1 });
  });

  it('are not the same where the same pictures come at other distances', () => {
    const shuffled = video(50).keyframes.map(({ seconds, ...rest }, at) => ({ ...rest, seconds: (at * 17) % 50 }));
    expect(compareVideos(video(50), { durationSeconds: 50, keyframes: shuffled }).isSame).toBe(false);
  });

  it('are not told by one picture unless they are equally long', () => {
    expect(compareVideos(video(50, 0, 1), video(50, 0, 1)).isSame).toBe(true);
    expect(compareVideos(video(40, 0, 1), video(50, 0, 1)).isSame).toBe(false);
  });

  it('say nothing without keyframes', () => {
    expect(compareVideos(video(50, 0, 0), video(50))).toEqual({ isSame: false, score: 0 });
    expect(compareVideos(video(50), video(50, 20))).toEqual({ isSame: false, score: 0 });
  });

  it.each([
    ['ten bits of each keyframe differ', 10, true],
    ['eleven do', 11, false],
  ])('are the same up to ten bits: %s', (_, bits, isSame) => {
    const changed = video(50).keyframes.map(({ hash: own, seconds }) => ({
      hash: withFlipped(own, range(bits)),
      seconds,
    }));
    expect(compareVideos(video(50), { durationSeconds: 50, keyframes: changed }).isSame).toBe(isSame);
  });

  it('are the same where each keyframe is a second and a half off at most', () => {
    const apart = (by: number) => ({
      durationSeconds: 50,
      keyframes: video(50).keyframes.map(({ hash: own, seconds }, at) => ({
        hash: own,
        seconds: seconds + by * (at % 2),
      })),
    });
    expect(compareVideos(video(50), apart(1.5))).toEqual({ isSame: true, score: 1 });
    expect(compareVideos(video(50), apart(1.6))).toEqual({ isSame: false, score: 0.5 });
  });

  it('are the same from eight of ten keyframes and three quarters of the length on', () => {
    const known = (count: number, durationSeconds = 50) => ({
      durationSeconds,
      keyframes: video(50).keyframes.map(({ seconds }, at) => ({ hash: hash(at < count ? at : 100 + at), seconds })),
    });
    expect(compareVideos(video(50), known(8)).isSame).toBe(true);
    expect(compareVideos(video(50), known(7)).isSame).toBe(false);
    expect(compareVideos(video(50), known(10, 37.5)).isSame).toBe(true);
    expect(compareVideos(video(50), known(10, 37.4)).isSame).toBe(false);
  });

  it('of one keyframe are the same from 97 % of the length on', () => {
    expect(compareVideos(video(97, 0, 1), video(100, 0, 1)).isSame).toBe(true);
    expect(compareVideos(video(96, 0, 1), video(100, 0, 1)).isSame).toBe(false);
  });

  it('say nothing where neither has keyframes or a length', () => {
    expect(compareVideos(video(50), video(50, 0, 0))).toEqual({ isSame: false, score: 0 });
    expect(compareVideos(video(0), video(0))).toEqual({ isSame: false, score: 1 });
  });

  /** A video of shots, `number:seconds` each; each keyframe stands in the middle of its shot. */
  const cut = (shots: string) => {
    let start = 0;
    const keyframes = shots.split(' ').map((shot) => {
      const [number = Number.NaN, shotSeconds = Number.NaN] = shot.split(':').map(Number);
      const seconds = start + shotSeconds / 2;
      start += shotSeconds;
      return { hash: hash(number), seconds, shotSeconds };
    });
    return { durationSeconds: start, keyframes };
  };

  it('are the same where another frame stands for the first and the last shot, because they were cut', () => {
    const whole = cut('0:4 1:3 2:5 3:4');
    expect(compareVideos(whole, cut('90:3 1:3 2:5 91:3')).isSame).toBe(true);
    expect(compareVideos(cut('90:3 1:3 2:5 3:4'), whole).isSame).toBe(true);
    expect(compareVideos(whole, cut('0:4 1:3 2:5 91:3')).isSame).toBe(true);
  });

  it('are not the same where another shot stands at an end that was not cut, or in the middle', () => {
    const whole = cut('0:4 1:3 2:5 3:4');
    expect(compareVideos(whole, cut('90:4 1:3 2:5 91:4')).isSame).toBe(false);
    expect(compareVideos(whole, cut('90:3 1:3 92:5 91:3')).isSame).toBe(false);
    expect(compareVideos(whole, cut('90:4 1:3 2:5 91:3')).isSame).toBe(false);
  });

  it('are told by one picture between two cuts where its shot is as long in both, and most is there', () => {
    const whole = cut('0:4 1:3 2:4');
    expect(compareVideos(whole, cut('90:3.4 1:3 91:3.4')).isSame).toBe(true);
    expect(compareVideos(whole, cut('90:3.6 1:2.7 91:3.4')).isSame).toBe(false);
    expect(compareVideos(whole, cut('90:3 1:3 91:3')).isSame).toBe(false);
    expect(compareVideos(whole, cut('90:3.4 1:3')).isSame).toBe(false);
    const unknown = (video: ReturnType<typeof cut>) => ({
      ...video,
      keyframes: video.keyframes.map(({ shotSeconds: _, ...rest }) => rest),
    });
    expect(compareVideos(unknown(whole), unknown(cut('90:3.4 1:3 91:3.4'))).isSame).toBe(false);
  });

  it('are not told by one picture at an end, however long its shot is', () => {
    const atStart = compareVideos(cut('1:3 2:4'), cut('1:3 91:3.4'));
    const atEnd = compareVideos(cut('0:4 1:3'), cut('90:3.4 1:3'));
    expect([atStart, atEnd]).toEqual([
      { isSame: false, score: 1 },
      { isSame: false, score: 1 },
    ]);
  });

  it('are told by one picture between two cuts as long as no more than 15 % is gone', () => {
    const whole = cut('0:8 1:4 2:8');
    const trimmed = (ends: number) => cut(`90:${ends} 1:4 91:${ends}`);
    expect(compareVideos(whole, trimmed(6.5)).isSame).toBe(true);
    expect(compareVideos(whole, trimmed(6.45)).isSame).toBe(false);
  });

  it('meet by the first of several shots that show the same picture', () => {
    const whole = cut('0:4 1:1 1:0.5 2:4');
    const trimmed = cut('90:3.6 1:1 91:4');
    expect(compareVideos(whole, trimmed)).toEqual({ isSame: true, score: 1 });
  });

  it('were cut where most of their keyframes say so, not where one does that lies elsewhere in its shot', () => {
    const video = (first: number, third: number) => ({
      durationSeconds: 14,
      keyframes: [
        { hash: hash(first), seconds: 1 },
        { hash: hash(1), seconds: 4 },
        { hash: hash(2), seconds: third },
        { hash: hash(3), seconds: 12 },
      ],
    });
    expect(compareVideos(video(90, 8), video(0, 9.2))).toEqual({ isSame: false, score: 0.75 });
  });

  it('are compared in the order of their times, whatever order they come in', () => {
    const whole = cut('0:4 1:3 2:5 3:4');
    const trimmed = cut('90:3 1:3 2:5 91:3');
    const jumbled = { ...trimmed, keyframes: [2, 0, 3, 1].flatMap((at) => trimmed.keyframes[at] ?? []) };
    expect(compareVideos(whole, jumbled)).toEqual(compareVideos(whole, trimmed));
  });
});
