import type { Readable } from 'node:stream';
import type { MediaBucket } from '../clients/media-bucket.ts';
import { derivedKeys, keyframeName } from '../contracts/keys.ts';
import { splitFrames } from '../detection/frames.ts';
import {
  decoderOptions,
  inputFile,
  inputOptions,
  lastComplaint,
  MediaToolFailedError,
  type MediaTools,
  startTool,
} from '../detection/media-tool.ts';
import { mapInOrder } from '../detection/windows.ts';
import { fromRgb, perceptualHash, renditions, toJpeg, toWebp } from '../runtime/renditions.ts';
import type { VideoFacts } from './probe.ts';

/** Pictures encoded and sent at once; each waits mostly for the bucket. */
const picturesInFlight = 4;
/** Frame numbers a run selects: its filter expression stays far below the longest argument that Linux takes. */
const maxFramesPerRun = 2000;

export interface StoredKeyframe {
  key: string;
  thumbnailKey: string;
  perceptualHash: string;
}

/**
 * Decodes the video once more and keeps exactly these frames, as JPEG keyframe and WebP thumbnail in the bucket.
 * @param frames frame numbers in rising order, one a shot; numbers count as in `decodeVideo`.
 * @throws MediaToolFailedError where a frame that was there in the first pass is not there now.
 */
export async function storeKeyframes(
  tools: MediaTools,
  facts: VideoFacts,
  derived: MediaBucket,
  { assetId, inputPath, frames, timeoutSeconds }: KeyframeRequest,
): Promise<StoredKeyframe[]> {
  const size = keyframeSize(facts);
  const stored: StoredKeyframe[] = [];
  for (let first = 0; first < frames.length; first += maxFramesPerRun) {
    const wanted = frames.slice(first, first + maxFramesPerRun);
    const pictures = selectFrames(tools, facts, { inputPath, wanted, size, timeoutSeconds });
    const numbered = numberFrom(first, pictures);
    for await (const keyframe of mapInOrder(numbered, picturesInFlight, ({ index, picture }) =>
      storeOne(derived, assetId, index, picture, size),
    ))
      stored.push(keyframe);
  }
  if (stored.length !== frames.length)
    throw new MediaToolFailedError(`${frames.length} keyframes were chosen, ${stored.length} could be decoded again`);
  return stored;
}

interface KeyframeRequest {
  assetId: string;
  inputPath: string;
  frames: readonly number[];
  timeoutSeconds: number;
}
interface Size {
  width: number;
  height: number;
}

async function* selectFrames(
  tools: MediaTools,
  facts: VideoFacts,
  {
    inputPath,
    wanted,
    size,
    timeoutSeconds,
  }: { inputPath: string; wanted: readonly number[]; size: Size; timeoutSeconds: number },
): AsyncGenerator<Buffer> {
  const deinterlace = facts.isInterlaced ? 'yadif=deint=interlaced,' : '';
  const chosen = wanted.map((frame) => `eq(n,${frame})`).join('+');
  const tool = startTool(
    tools.ffmpegPath,
    [
      ...['-nostdin', '-threads', '2', ...inputOptions, ...decoderOptions, '-i', inputFile(inputPath)],
      '-filter_complex',
      `[0:${facts.streamIndex}]${deinterlace}select='${chosen}',scale=${size.width}:${size.height}:flags=bicubic,setsar=1,format=rgb24[chosen]`,
      ...['-map', '[chosen]', '-fps_mode', 'passthrough', '-frames:v', String(wanted.length)],
      ...['-f', 'rawvideo', 'pipe:1'],
    ],
    { timeoutSeconds, pipes: 1 },
  );
  try {
    yield* splitFrames(tool.process.stdout as Readable, size.width * size.height * 3);
    const { exitCode, complaint } = await tool.ended;
    if (exitCode !== 0) throw new MediaToolFailedError(`keyframes could not be decoded: ${lastComplaint(complaint)}`);
  } finally {
    tool.kill();
  }
}

async function* numberFrom(
  first: number,
  pictures: AsyncIterable<Buffer>,
): AsyncGenerator<{ index: number; picture: Buffer }> {
  let index = first;
  for await (const picture of pictures) {
    yield { index, picture };
    index += 1;
  }
}

async function storeOne(
  derived: MediaBucket,
  assetId: string,
  shotIndex: number,
  pixels: Buffer,
  { width, height }: Size,
): Promise<StoredKeyframe> {
  const picture = fromRgb(pixels, width, height);
  const [jpeg, webp] = await Promise.all([toJpeg(picture, 'keyframe'), toWebp(picture, 'thumbnail')]);
  const name = keyframeName(shotIndex);
  const key = derivedKeys.keyframe(assetId, name);
  const thumbnailKey = derivedKeys.thumbnail(assetId, name);
  const [hash] = await Promise.all([
    perceptualHash(jpeg),
    derived.putBytes(key, jpeg, { contentType: 'image/jpeg' }),
    derived.putBytes(thumbnailKey, webp, { contentType: 'image/webp' }),
  ]);
  return { key, thumbnailKey, perceptualHash: hash };
}

function keyframeSize({ width, height }: VideoFacts): Size {
  const scale = Math.min(1, renditions.keyframe.maxPixels / Math.max(width, height));
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  return { width: side(width), height: side(height) };
}
