import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTimecode, timecodeRate } from '../../../lambdas/contracts/timecode.ts';
import { parseShotlist } from '../../../lambdas/describe/shotlist.ts';
import { alignLines } from '../../../lambdas/describe/shotlist-alignment.ts';

const pal = timecodeRate(25);
const list = `HEADLINE: Ferry leaves Bergen
LOCATION: Bergen, Norway
DATE: 2026-04-30
SOURCE: Harbour TV
RESTRICTIONS: No access Norway
SUMMARY: The first electric ferry left on Thursday.
It carries forty cars.

SHOTLIST:
00:00:00:00 Wide of harbour at dawn
1. 00:00:02:12 Crew on deck,
   casting off
00:00:05 - 00:00:08 Captain at the wheel
(0:10) Gulls
`;

describe('a shotlist', () => {
  it('is read with its headers and every form of line', () => {
    const { particulars, summary, lines } = parseShotlist(list, pal);
    expect(particulars).toMatchObject({
      headline: 'Ferry leaves Bergen',
      place: 'Bergen, Norway',
      createdAt: '2026-04-30T00:00:00.000Z',
      credit: 'Harbour TV',
      usageTerms: 'No access Norway',
    });
    expect(summary).toBe('The first electric ferry left on Thursday. It carries forty cars.');
    expect(lines).toEqual([
      { startSeconds: 0, text: 'Wide of harbour at dawn' },
      { startSeconds: 2.48, text: 'Crew on deck, casting off' },
      { startSeconds: 5, endSeconds: 8, text: 'Captain at the wheel' },
      { startSeconds: 10, text: 'Gulls' },
    ]);
  });

  it('has its embargo kept, or is refused where no machine can keep it', () => {
    expect(parseShotlist('EMBARGO: 2026-05-02T06:00:00+02:00\n', pal).particulars.embargoUntil).toBe(
      '2026-05-02T04:00:00.000Z',
    );
    expect(parseShotlist('EMBARGO: none\n', pal).particulars.embargoUntil).toBeUndefined();
    expect(() => parseShotlist('EMBARGO: after the speech\n', pal)).toThrow(/EMBARGO line "after the speech"/);
  });

  it('takes no placeholder for a place', () => {
    const { particulars, setting } = parseShotlist('LOCATION: Laboratory, unnamed\n', pal);
    expect(particulars.place).toBeUndefined();
    expect(setting).toBe('Laboratory, unnamed');
  });

  it('survives any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseShotlist(text, pal)));
  });

  it.each([25, 30000 / 1001, 50])('counts the frames of its timecodes at %s a second', (framesPerSecond) => {
    const rate = timecodeRate(framesPerSecond);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500_000 }), (frame) => {
        const [line] = parseShotlist(`${formatTimecode(frame, rate)} Something`, rate).lines;
        expect(line?.startSeconds).toBeCloseTo(frame / rate.framesPerSecond, 6);
      }),
    );
  });
});

describe('the lines of a shotlist', () => {
  const shots = [
    { startSeconds: 0, endSeconds: 2.4 },
    { startSeconds: 2.4, endSeconds: 5.2 },
    { startSeconds: 5.2, endSeconds: 9 },
    { startSeconds: 9, endSeconds: 12 },
  ];

  it('lie on the shots whose time they share, though their times are rounded', () => {
    expect(alignLines(parseShotlist(list, pal).lines, shots)).toEqual([
      'Wide of harbour at dawn',
      'Crew on deck, casting off',
      'Captain at the wheel',
      'Gulls',
    ]);
  });

  it('describe several shots where they last, and share a shot that the camera did not cut', () => {
    expect(
      alignLines(
        [
          { startSeconds: 0, endSeconds: 9, text: 'Ceremony' },
          { startSeconds: 9, text: 'Gulls' },
        ],
        shots,
      ),
    ).toEqual(['Ceremony', 'Ceremony', 'Ceremony', 'Gulls']);
    const one = [{ startSeconds: 0, endSeconds: 12 }];
    expect(
      alignLines(
        [
          { startSeconds: 0, text: 'Bow' },
          { startSeconds: 6, text: 'Stern' },
        ],
        one,
      ),
    ).toEqual(['Bow. Stern']);
  });

  it("may count on the tape's own clock", () => {
    const tape = [
      { startSeconds: 3600, text: 'Bow' },
      { startSeconds: 3605.2, text: 'Stern' },
    ];
    expect(alignLines(tape, shots, 3600)).toEqual(['Bow', 'Bow', 'Stern', 'Stern']);
    expect(alignLines([{ startSeconds: 0, text: 'Bow' }], shots, 3600)).toEqual(['Bow', 'Bow', 'Bow', 'Bow']);
  });

  it('without times are laid on the shots only where there are as many', () => {
    const numbered = parseShotlist('SHOTLIST:\n1. Bow\n2. Stern\n', pal).lines;
    expect(alignLines(numbered, shots.slice(0, 2))).toEqual(['Bow', 'Stern']);
    expect(alignLines(numbered, shots)).toEqual(['', '', '', '']);
  });

  it('are lost only where they lie beyond the video', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 11_900 }), { minLength: 1, maxLength: 8 }), (starts) => {
        const lines = [...new Set(starts)].map((start) => ({ startSeconds: start / 1000, text: `#${start};` }));
        const texts = alignLines(lines, shots).join(' ');
        for (const { text } of lines) expect(texts).toContain(text);
      }),
    );
    expect(alignLines([{ startSeconds: 60, endSeconds: 61, text: 'Late' }], shots)).toEqual(['', '', '', '']);
  });
});
