import { createHash } from 'node:crypto';
import sharp from 'sharp';
import type { MediaBucket } from '../clients/media-bucket.ts';
import { derivedKeys, keyframeName } from '../contracts/keys.ts';
import type { ShotEnded } from '../contracts/live.ts';
import type { ShotsModel } from '../contracts/models.ts';
import { type Keyframe, type Shot, type ShotsFile, shotsFileSchema } from '../contracts/shots.ts';
import type { MediaTools } from '../detection/media-tool.ts';
import { perceptualHash, toJpeg, toWebp } from '../runtime/renditions.ts';
import { makeClip } from './shot-clip.ts';

export interface FilingClients {
  originals: Pick<MediaBucket, 'putBytesOnce'>;
  derived: Pick<MediaBucket, 'putBytes' | 'putJson'>;
  tools: Pick<MediaTools, 'ffmpegPath'>;
  model: ShotsModel;
}
export interface ShotPictures {
  framesPerSecond: number;
  /** Of the shot's frames from its first one on, at most those of a minute. */
  pictures: readonly Buffer[];
  /** Places in `pictures`, the one that stands for the shot first. */
  keyframes: readonly number[];
}

/**
 * Hands a shot to the archive. What the detector knows is laid beside the clip first; the clip's arrival then starts
 * the way that every upload takes, once, for an object arrives whole or not at all, and a second one is refused under
 * its key. Done again it does nothing new: the clip's bytes, and with them the asset, are the same.
 * @returns the asset's id.
 */
export async function fileShot(
  { originals, derived, tools, model }: FilingClients,
  shot: ShotEnded,
  { framesPerSecond, pictures, keyframes }: ShotPictures,
): Promise<string> {
  const clip = await makeClip(tools, pictures, {
    framesPerSecond,
    timecode: shot.startTimecode,
    startedAt: new Date(shot.startedAt),
    title: shot.title,
    comment: shot.eventId,
  });
  const assetId = createHash('sha256').update(clip).digest('hex');
  const stored = await Promise.all(
    keyframes.map((frame, place) => storeKeyframe(derived, assetId, { frame, place, framesPerSecond, pictures })),
  );
  const { width, height } = await sharp(pictures[0]).metadata();
  const previewKey = derivedKeys.preview(assetId, 'mp4');
  await derived.putBytes(previewKey, clip, { contentType: 'video/mp4' });
  const file: ShotsFile = {
    assetId,
    model,
    video: {
      frameCount: pictures.length,
      durationSeconds: pictures.length / framesPerSecond,
      framesPerSecond,
      width,
      height,
      codec: 'h264',
      container: 'mp4',
      createdAt: shot.startedAt,
    },
    previewKey,
    shots: [shotOfClip(shot, stored)],
  };
  await derived.putJson(derivedKeys.shots(assetId), shotsFileSchema, file);
  await originals.putBytesOnce(shot.original.key, clip, { contentType: 'video/mp4' });
  return assetId;
}

/** The shot as its own clip shows it, on the clock of the day. */
function shotOfClip(shot: ShotEnded, keyframes: Keyframe[]): Shot {
  const { kind, probability } = shot.transitionIn;
  return {
    index: 0,
    startFrame: 0,
    endFrame: shot.endFrame - shot.startFrame,
    startSeconds: 0,
    endSeconds: shot.durationSeconds,
    startTimecode: shot.startTimecode,
    endTimecode: shot.endTimecode,
    transitionIn: { kind: kind === 'gap' ? 'start' : kind, firstFrame: 0, lastFrame: 0, probability },
    keyframes,
  };
}

async function storeKeyframe(
  derived: FilingClients['derived'],
  assetId: string,
  {
    frame,
    place,
    framesPerSecond,
    pictures,
  }: Pick<ShotPictures, 'framesPerSecond' | 'pictures'> & { frame: number; place: number },
): Promise<Keyframe> {
  const picture = sharp(pictures[frame]);
  const [jpeg, webp] = await Promise.all([toJpeg(picture, 'keyframe'), toWebp(picture, 'thumbnail')]);
  const name = keyframeName(0, place);
  const key = derivedKeys.keyframe(assetId, name);
  const thumbnailKey = derivedKeys.thumbnail(assetId, name);
  const [hash] = await Promise.all([
    perceptualHash(jpeg),
    derived.putBytes(key, jpeg, { contentType: 'image/jpeg' }),
    derived.putBytes(thumbnailKey, webp, { contentType: 'image/webp' }),
  ]);
  return { frame, seconds: frame / framesPerSecond, key, thumbnailKey, perceptualHash: hash };
}
