import type { MediaBucket } from '../clients/media-bucket.ts';
import { derivedKeys } from '../contracts/keys.ts';
import type { MediaTools } from '../detection/media-tool.ts';
import { mapInOrder } from '../detection/windows.ts';
import { fromRgb, perceptualHash, toJpeg, toWebp } from '../runtime/renditions.ts';
import type { ChunkPlan } from './chunk-plan.ts';
import { decodePictures, type Picture } from './decode-pictures.ts';
import type { VideoFacts } from './probe.ts';

/** Pictures encoded and sent at once; each waits mostly for the bucket. */
const picturesInFlight = 4;

/** A keyframe to make: the sharpest of a few frames, under a name of `keyframeName`. */
export interface WantedKeyframe {
  name: string;
  /** Frames to choose from, by their global numbers; those of two keyframes do not interlock. */
  candidates: readonly number[];
}
export interface StoredKeyframe {
  frame: number;
  key: string;
  thumbnailKey: string;
  perceptualHash: string;
}

/**
 * Decodes the candidates in full size and keeps of each keyframe the sharpest, as JPEG keyframe and WebP thumbnail in
 * the bucket. Decoding begins at the seek point before each, not at the file's start.
 * @returns one entry for each wanted keyframe, in their order.
 * @throws FrameMismatchError where a frame that was there in the first pass is not there now.
 */
export async function storeKeyframes(
  tools: MediaTools,
  facts: VideoFacts,
  derived: MediaBucket,
  request: {
    assetId: string;
    inputPath: string;
    plan: ChunkPlan;
    wanted: readonly WantedKeyframe[];
    timeoutSeconds: number;
  },
): Promise<StoredKeyframe[]> {
  const { assetId, plan, wanted } = request;
  const nameOf = new Map(wanted.flatMap(({ name, candidates }) => candidates.map((frame) => [frame, name] as const)));
  const frames = [...nameOf.keys()].sort((one, other) => one - other);
  const sharpest = sharpestOfEach(decodePictures(tools, facts, plan, { ...request, frames }), nameOf);
  const stored = new Map<string, StoredKeyframe>();
  const storing = mapInOrder(sharpest, picturesInFlight, async ({ name, picture }) => ({
    name,
    keyframe: await storeOne(derived, assetId, name, picture),
  }));
  for await (const { name, keyframe } of storing) stored.set(name, keyframe);
  return wanted.map(({ name }) => stored.get(name) as StoredKeyframe);
}

/** Holds one picture at a time: the best so far of the keyframe whose candidates are going by. */
async function* sharpestOfEach(
  pictures: AsyncIterable<Picture>,
  nameOf: ReadonlyMap<number, string>,
): AsyncGenerator<{ name: string; picture: Picture }> {
  let best: { name: string; picture: Picture; sharpness: number } | undefined;
  for await (const picture of pictures) {
    const name = nameOf.get(picture.frame) as string;
    const { sharpness } = await fromRgb(picture.pixels, picture.width, picture.height).stats();
    if (best !== undefined && best.name !== name) yield best;
    if (best === undefined || best.name !== name || sharpness > best.sharpness) best = { name, picture, sharpness };
  }
  if (best !== undefined) yield best;
}

async function storeOne(
  derived: MediaBucket,
  assetId: string,
  name: string,
  { frame, pixels, width, height }: Picture,
): Promise<StoredKeyframe> {
  const picture = fromRgb(pixels, width, height);
  const [jpeg, webp] = await Promise.all([toJpeg(picture, 'keyframe'), toWebp(picture, 'thumbnail')]);
  const key = derivedKeys.keyframe(assetId, name);
  const thumbnailKey = derivedKeys.thumbnail(assetId, name);
  const [hash] = await Promise.all([
    perceptualHash(jpeg),
    derived.putBytes(key, jpeg, { contentType: 'image/jpeg' }),
    derived.putBytes(thumbnailKey, webp, { contentType: 'image/webp' }),
  ]);
  return { frame, key, thumbnailKey, perceptualHash: hash };
}
