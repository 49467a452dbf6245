import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportShots } from '../../bin/wirescope/export-shots.ts';
import { editRateOf, shotListOf } from '../../bin/wirescope/shot-list.ts';
import { exportedShots, partFiles } from '../../bin/wirescope/write-export.ts';
import type { AssetRecord } from '../../lambdas/contracts/ledger.ts';
import type { Shot, ShotsFile } from '../../lambdas/contracts/shots.ts';
import { formatTimecode, parseTimecode, timecodeRate } from '../../lambdas/contracts/timecode.ts';
import { places } from '../../setup/places.ts';

interface Cut {
  frames: number;
  kind?: 'cut' | 'gradual';
  /** Frames of the gradual transition before the shot. */
  gap?: number;
}

/** A video of constant rate with shots of these lengths, as the shots step would leave it. */
function shotsFile(framesPerSecond: number, startTimecode: string, cuts: readonly Cut[]): ShotsFile {
  const rate = timecodeRate(framesPerSecond, { isDropFrame: startTimecode.includes(';') });
  const origin = parseTimecode(startTimecode, rate) ?? 0;
  let frame = 0;
  const shots = cuts.map(({ frames, kind = 'cut', gap = 0 }, index): Shot => {
    const startFrame = frame + gap;
    frame = startFrame + frames;
    return {
      index,
      startFrame,
      endFrame: frame - 1,
      startSeconds: startFrame / rate.framesPerSecond,
      endSeconds: frame / rate.framesPerSecond,
      startTimecode: formatTimecode(origin + startFrame, rate),
      endTimecode: formatTimecode(origin + frame - 1, rate),
      transitionIn: {
        kind: index === 0 ? 'start' : kind,
        firstFrame: startFrame - gap,
        lastFrame: startFrame - (gap > 0 ? 1 : 0),
        probability: index === 0 ? 0 : 0.9,
      },
      keyframes: [{ frame: startFrame, seconds: 0, key: 'k', thumbnailKey: 't', perceptualHash: '0'.repeat(16) }],
    };
  });
  return {
    assetId: 'a'.repeat(64),
    model: { name: 'shots-transnetv2', version: '1.0.0' } as ShotsFile['model'],
    video: {
      frameCount: frame,
      durationSeconds: frame / rate.framesPerSecond,
      framesPerSecond: rate.framesPerSecond,
      width: 1920,
      height: 1080,
      codec: 'h264',
      container: 'mov',
    },
    shots,
  };
}
const source = {
  title: 'Harbour at dawn',
  fileName: 'Hafen-früh.mp4',
  url: 's3://originals/incoming/x/Hafen-früh.mp4',
};

/** What the library itself reads back: an edit suite stands on the same format. */
const readBack = (text: string, adapter: string, rate: number): { start: number; frames: number }[] =>
  JSON.parse(
    execFileSync(
      places.pythonBinary,
      [
        '-c',
        `import json, sys, opentimelineio as otio
options = {"rate": float(sys.argv[2])} if sys.argv[1] == "cmx_3600" else {}
timeline = otio.adapters.read_from_string(sys.stdin.read(), sys.argv[1], **options)
clips = [item.source_range for item in timeline.find_clips()]
print(json.dumps([{"start": round(c.start_time.value), "frames": round(c.duration.value)} for c in clips]))`,
        adapter,
        String(rate),
      ],
      { input: text, encoding: 'utf8' },
    ),
  );

describe('a shot list', () => {
  it('covers every frame of the source once, whatever the lengths, gaps and rate', () => {
    const cut = fc.record({
      frames: fc.integer({ min: 1, max: 5000 }),
      kind: fc.constantFrom('cut' as const, 'gradual' as const),
      gap: fc.integer({ min: 0, max: 60 }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(24000 / 1001, 25, 30000 / 1001, 50, 60000 / 1001),
        fc.array(cut, { minLength: 1, maxLength: 40 }),
        (rate, cuts) => {
          const whole = cuts.map((one, index) => (index === 0 || one.kind === 'cut' ? { ...one, gap: 0 } : one));
          const { entries, source: all } = shotListOf(shotsFile(rate, '01:00:00:00', whole), source);
          let next = all.startFrame;
          for (const { startFrame, frameCount } of entries) {
            expect(startFrame).toBe(next);
            expect(frameCount).toBeGreaterThan(0);
            next += frameCount;
          }
          expect(next - all.startFrame).toBe(all.frameCount);
          expect(all.frameCount).toBe(whole.reduce((sum, { frames, gap }) => sum + frames + gap, 0));
        },
      ),
    );
  });

  it('counts a variable rate on the nearest clock that an edit suite knows', () => {
    expect(editRateOf(28.7, '00:00:00:00')).toMatchObject({ nominalFramesPerSecond: 30, isDropFrame: false });
    expect(editRateOf(25, '00:00:00:00').framesPerSecond).toBe(25);
    expect(editRateOf(24000 / 1001, '00:00:00:00').framesPerSecond).toBe(24000 / 1001);
  });
});

describe('an edit decision list', () => {
  const cuts: Cut[] = [{ frames: 1798 }, { frames: 37 }, { frames: 1200, kind: 'gradual', gap: 25 }];
  const clocks = [
    { name: '23.976', rate: 24000 / 1001, from: '01:00:00:00', read: 24000 / 1001, out: '01:01:14:22' },
    { name: '25', rate: 25, from: '10:00:00:00', read: 25, out: '10:01:11:23' },
    { name: '29.97 drop-frame', rate: 30000 / 1001, from: '00:59:00;02', read: 30000 / 1001, out: '01:00:00;00' },
    { name: '29.97 non-drop', rate: 30000 / 1001, from: '01:00:00:00', read: 30, out: '01:00:59:28' },
    { name: '50', rate: 50, from: '00:00:00:00', read: 50, out: '00:00:35:48' },
    { name: '59.94 drop-frame', rate: 60000 / 1001, from: '00:00:00;00', read: 60000 / 1001, out: '00:00:29;58' },
  ];
  it.each(clocks)('is right at $name', async ({ rate, from, read, out }) => {
    const list = shotListOf(shotsFile(rate, from, cuts), source);
    const [text = ''] = await exportShots(list, 'edl');
    const lines = text.split('\n');
    expect(lines[0]).toBe('TITLE: Harbour at dawn');
    expect(lines[1]).toBe(`FCM: ${from.includes(';') ? 'DROP FRAME' : 'NON-DROP FRAME'}`);
    const first = lines.find((line) => line.startsWith('001'));
    expect(first).toContain(`${from} ${out}`);
    expect(readBack(text.replace(/^FCM.*\n/m, ''), 'cmx_3600', read)).toEqual(
      list.entries.map(({ startFrame, frameCount }) => ({ start: startFrame, frames: frameCount })),
    );
    expect(text).toMatch(/\* LOC: .* YELLOW/);
  });

  it('is split where one cannot number all events', async () => {
    const list = shotListOf(
      shotsFile(
        25,
        '00:00:00:00',
        Array.from({ length: 1200 }, () => ({ frames: 30 })),
      ),
      source,
    );
    const parts = await exportShots(list, 'edl');
    expect(parts.map((part) => part.match(/^\d{3} /gm)?.length)).toEqual([999, 201]);
    expect(parts[1]).toContain('TITLE: Harbour at dawn (2 of 2)');
    expect(partFiles('/x/harbour.edl', 2)).toEqual(['/x/harbour.1.edl', '/x/harbour.2.edl']);
  });

  it('keeps a title with line breaks on its own line', async () => {
    const list = shotListOf(shotsFile(25, '00:00:00:00', [{ frames: 50 }]), { ...source, title: 'One\n002  X V C' });
    const [text = ''] = await exportShots(list, 'edl');
    expect(text.match(/^00\d /gm)).toHaveLength(1);
  });
});

describe('an OpenTimelineIO timeline', () => {
  it('holds the same clips on the source’s clock, with their facts', async () => {
    const list = shotListOf(
      shotsFile(25, '10:00:00:00', [{ frames: 100 }, { frames: 50, kind: 'gradual', gap: 12 }]),
      source,
    );
    const [text = ''] = await exportShots(list, 'otio');
    expect(readBack(text, 'otio_json', 25)).toEqual([
      { start: 900_000, frames: 100 },
      { start: 900_100, frames: 12 },
      { start: 900_112, frames: 50 },
    ]);
    expect(text).toContain('s3://originals/incoming/x/Hafen-fr');
    expect(text).toContain('gradual transition');
  });
});

describe('a table of shots', () => {
  it('names in and out in timecode and seconds, and lets no name become a formula', async () => {
    const list = shotListOf(shotsFile(30000 / 1001, '00:00:00;00', [{ frames: 1800 }, { frames: 30 }]), {
      ...source,
      fileName: '=1+1.mp4',
    });
    const [text = ''] = await exportShots(list, 'csv');
    const [header, first] = text.split('\r\n');
    expect(header).toBe(
      'shot,kind,name,timecode in,timecode out,frames,seconds in,seconds out,begins with,probability',
    );
    expect(first).toBe("1,shot,'=1+1.mp4 001,00:00:00;00,00:01:00;02,1800,0.000,60.060,start,0");
  });
});

describe('the export of a video that is not released', () => {
  const file = shotsFile(25, '00:00:00:00', [{ frames: 50 }, { frames: 50 }]);
  const derived = { findJson: async () => file } as unknown as Parameters<typeof exportedShots>[1];
  const video = (hold?: AssetRecord['hold']) =>
    ({
      assetId: file.assetId,
      kind: 'video',
      fileName: 'vote.mp4',
      title: 'The vote',
      original: { bucket: 'originals', key: 'incoming/politics/vote.mp4' },
      hold,
    }) as AssetRecord;
  const now = new Date('2026-03-01T12:00:00Z');

  it('waits for the end of the embargo, unless the operator says otherwise', async () => {
    const embargoed = video({ withheld: false, embargoUntil: '2026-03-01T12:00:01Z' });
    await expect(exportedShots(embargoed, derived, { format: 'csv', now })).rejects.toThrow(/embargoed until/);
    const later = new Date('2026-03-01T12:00:01Z');
    expect((await exportedShots(embargoed, derived, { format: 'csv', now: later })).join()).toContain('00:00:02:00');
    expect(await exportedShots(embargoed, derived, { format: 'csv', now, isUnreleasedToo: true })).toHaveLength(1);
  });

  it.each([
    ['withheld', { withheld: true }],
    ['unknown', undefined],
  ])('is refused where its release is %s', async (state, hold) => {
    await expect(exportedShots(video(hold), derived, { format: 'csv', now })).rejects.toThrow(state);
  });
});
