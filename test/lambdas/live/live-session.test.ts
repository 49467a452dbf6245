import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LiveEvent } from '../../../lambdas/contracts/live.ts';
import type { FeedFrame } from '../../../lambdas/live/feed-reader.ts';
import { geometries } from '../../../lambdas/live/geometry.ts';
import { LiveSession } from '../../../lambdas/live/live-session.ts';
import { RetryableError } from '../../../lambdas/runtime/errors.ts';
import { archiveShots, replayedShots } from '../../../measure/live/archive-path.ts';
import { colourDifferenceEndpoint } from '../support/colour-difference-endpoint.ts';
import { liveModel } from './live-model.ts';

const began = Date.parse('2026-11-24T12:00:00Z');
const pixelsOf = (shade: number): Buffer => {
  const pixels = Buffer.alloc(48 * 27 * 3);
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = (shade * 97 + (at % (shade + 3)) * 11) & 255;
  return pixels;
};

/** Frames of shots of such lengths, as a feed at 25 frames a second brings them. */
const framesOf = (lengths: readonly number[], from = 0): FeedFrame[] =>
  lengths
    .flatMap((length, shade) => Array.from({ length }, () => pixelsOf(shade)))
    .map((pixels, number) => ({
      pixels,
      picture: Buffer.of(number & 255),
      seconds: from + number / 25,
      arrivedAtMilliseconds: began + (from + number / 25) * 1000,
      framesPerSecond: 25,
      isKey: number % 25 === 0,
    }));

function newSession(
  endpoint = colourDifferenceEndpoint(geometries.normal) as ConstructorParameters<typeof LiveSession>[0]['endpoint'],
) {
  const events: LiveEvent[] = [];
  const filed: string[] = [];
  const session = new LiveSession({
    feed: { name: 'test', title: 'Test', desk: 'world', mode: 'normal' },
    sessionId: 'test-1',
    isSegmented: false,
    originalsBucket: 'originals',
    endpoint,
    model: liveModel,
    delivery: {
      publish: (event) => void events.push(event),
      file: ({ eventId }) => void filed.push(eventId),
    },
    onGap: () => {},
  });
  const shots = () => events.flatMap((event) => (event.type === 'Shot Ended' ? [event.detail] : []));
  return { session, events, filed, shots };
}

describe('the live detector', () => {
  it('finds what the archive finds in the same frames, at the archive’s stride', async () => {
    const endpoint = colourDifferenceEndpoint();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 3, max: 120 }), { minLength: 1, maxLength: 9 }), async (lengths) => {
        const frames = framesOf(lengths).map(({ pixels }) => pixels);
        const archive = await archiveShots(frames, { endpoint, model: liveModel });
        expect(await replayedShots(frames, { endpoint, model: liveModel }, liveModel.limits)).toEqual(archive);
      }),
      { numRuns: 30, examples: [[[3, 4, 3, 8]]] },
    );
  });
});

describe('a session', () => {
  it('says a shot once, files it once, and tells when it was by the clock of the day', async () => {
    const { session, shots, filed } = newSession();
    for (const frame of framesOf([60, 60, 60])) await session.take(frame, false);
    await session.finish('stopped');
    const ids = shots().map(({ eventId }) => eventId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(filed).toEqual(ids);
    expect(shots()[1]).toMatchObject({
      startTimecode: '12:00:02:10',
      endTimecode: '12:00:04:19',
      durationSeconds: 2.4,
    });
  });

  it('never takes a gap for a cut', async () => {
    const { session, events, shots } = newSession();
    for (const frame of framesOf([60])) await session.take(frame, false);
    for (const frame of framesOf([1, 60], 20).slice(1)) await session.take({ ...frame, isKey: true }, false);
    await session.finish('stopped');
    expect(events.map(({ type }) => type)).toEqual(['Shot Ended', 'Feed Gap Began', 'Feed Gap Ended', 'Shot Ended']);
    expect(shots().map(({ endReason, transitionIn }) => [transitionIn.kind, endReason])).toEqual([
      ['start', 'gap'],
      ['gap', 'stopped'],
    ]);
  });

  it('leaves out what comes damaged after a gap, until a picture is whole', async () => {
    const { session, shots } = newSession();
    for (const frame of framesOf([60])) await session.take(frame, false);
    const later = framesOf([60], 20.4).map((frame, at) => ({ ...frame, isKey: at === 15 }));
    for (const frame of later) await session.take(frame, false);
    await session.finish('stopped');
    const last = shots().at(-1);
    expect((last?.endFrame ?? 0) - (last?.startFrame ?? 0) + 1).toBe(45);
  });

  it('gives up what waits for a model that is away, as a gap, and goes on when it is back', async () => {
    let isAway = true;
    const model = colourDifferenceEndpoint(geometries.normal);
    const { session, events, shots } = newSession({
      invokeJson: (request, schema, limits) => {
        if (isAway) throw new RetryableError('EndpointUnavailableError', 'away');
        return model.invokeJson(request, schema, limits);
      },
    });
    for (const frame of framesOf([900])) await session.take(frame, false);
    expect(
      events.some(({ type, detail }) => type === 'Feed Gap Began' && 'cause' in detail && detail.cause === 'overload'),
    ).toBe(true);
    isAway = false;
    for (const frame of framesOf([60, 60, 60], 40)) await session.take({ ...frame, isKey: true }, false);
    await wait(50);
    await session.finish('stopped');
    expect(shots().filter(({ endReason }) => endReason === 'transition').length).toBeGreaterThanOrEqual(2);
  });
});
