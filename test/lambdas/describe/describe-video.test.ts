import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { bestKeyframe, type ShotsFile } from '../../../lambdas/contracts/shots.ts';
import { describeAsset } from '../../../lambdas/describe/describe-asset.ts';
import { captionsThat } from '../support/captions-that.ts';
import { assetId, assetToDescribe } from '../support/description-request.ts';
import { modelLimits, transitionSettings } from '../support/transition-settings.ts';

const shotsKey = `assets/${assetId}/shots.json`;
const shot = (index: number, startSeconds: number, endSeconds: number): ShotsFile['shots'][number] => ({
  index,
  startFrame: startSeconds * 25,
  endFrame: endSeconds * 25 - 1,
  startSeconds,
  endSeconds,
  startTimecode: `00:00:0${startSeconds}:00`,
  endTimecode: `00:00:0${endSeconds - 1}:24`,
  transitionIn: {
    kind: index === 0 ? 'start' : 'cut',
    firstFrame: startSeconds * 25,
    lastFrame: startSeconds * 25,
    probability: index === 0 ? 0 : 0.9,
  },
  keyframes: [
    {
      frame: startSeconds * 25 + 12,
      seconds: startSeconds + 0.5,
      key: `keyframe-${index}`,
      thumbnailKey: `thumbnail-${index}`,
      perceptualHash: '00ff00ff00ff00ff',
    },
  ],
});
const shotsFile: ShotsFile = {
  assetId,
  model: { name: 'transnetv2', version: '1', limits: modelLimits, postprocessing: transitionSettings },
  video: {
    frameCount: 225,
    durationSeconds: 9,
    framesPerSecond: 25,
    width: 640,
    height: 360,
    codec: 'h264',
    container: 'mp4',
    createdAt: '2026-04-30T08:00:00.000Z',
  },
  shots: [shot(0, 0, 2), shot(1, 2, 5), shot(2, 5, 9)],
};
const shotlist =
  'HEADLINE: Ferry leaves Bergen\nLOCATION: Bergen\nSUMMARY: The first electric ferry.\nSHOTLIST:\n00:00:00 Harbour\n00:00:02 - 00:00:05 Crew\n';

async function describeVideo(options: Parameters<typeof assetToDescribe>[2]) {
  const asset = assetToDescribe('video', 'not read', { fileName: 'ferry_01.mp4', ...options });
  asset.derived.put(shotsKey, JSON.stringify(shotsFile));
  for (const keyframe of shotsFile.shots.map(bestKeyframe))
    asset.derived.put(
      keyframe.key,
      await sharp({ create: { width: 64, height: 36, channels: 3, background: '#123' } })
        .jpeg()
        .toBuffer(),
    );
  const { result, detail } = await describeAsset(
    { ...asset.request, input: { ...asset.request.input, shotsKey } },
    asset.dependencies,
  );
  const { descriptions } = asset.derived.json(result.descriptionsKey ?? '') as {
    descriptions: Record<string, unknown>[];
  };
  return { descriptions, detail };
}

describe('a video', () => {
  it('has each shot described by the lines on it, within what is said of the whole', async () => {
    const { descriptions, detail } = await describeVideo({ shotlist });
    expect(descriptions.map(({ text, provenance }) => [text, provenance])).toEqual([
      ['Harbour', 'shotlist'],
      ['Crew', 'shotlist'],
      ['', 'none'],
    ]);
    expect(descriptions[2]).toMatchObject({
      documentId: `${assetId}.shot.2`,
      title: 'Ferry leaves Bergen',
      context: 'Ferry leaves Bergen. Bergen. The first electric ferry.',
      createdAt: '2026-04-30T08:00:00.000Z',
      thumbnailKey: 'thumbnail-2',
      shot: { index: 2, startSeconds: 5, endSeconds: 9, startTimecode: '00:00:05:00' },
    });
    expect(detail).toBe('shotlist lines on 2 of 3 shots');
  });

  it('has its ninjs win over its shotlist, and its file name where nobody gave a title', async () => {
    const ninjs = { uri: 'urn:v', headline: 'Electric ferry', embargoed: '2027-01-01T00:00:00Z' };
    const { descriptions } = await describeVideo({ shotlist, ninjs });
    expect(descriptions[0]).toMatchObject({
      title: 'Electric ferry',
      place: 'Bergen',
      rights: { embargoUntil: '2027-01-01T00:00:00Z' },
    });
    expect((await describeVideo({})).descriptions[0]).toMatchObject({ title: 'ferry 01', text: '' });
  });

  it('has only the shots captioned that nobody described', async () => {
    const captions = captionsThat({ say: 'Dark water.' });
    const { descriptions, detail } = await describeVideo({ shotlist, captions });
    expect(captions.asked).toEqual([[`${assetId}.shot.2`]]);
    expect(descriptions.map(({ provenance }) => provenance)).toEqual(['shotlist', 'shotlist', 'generated']);
    expect(detail).toBe('shotlist lines on 2 of 3 shots, 1 generated caption');
    await describeVideo({ shotlist: `EMBARGO: 2027-01-01T00:00:00Z\n${shotlist}`, captions });
    await describeVideo({ shotlist: `RESTRICTIONS: Not for use in Norway\n${shotlist}`, captions });
    expect(captions.asked).toHaveLength(1);
  });
});
