import { documentId } from '../contracts/document-id.ts';
import type { Description } from '../contracts/documents.ts';
import { liveSessionOf } from '../contracts/keys.ts';
import { bestKeyframe, type Shot, type ShotsFile, shotsFileSchema } from '../contracts/shots.ts';
import { timecodeRate } from '../contracts/timecode.ts';
import {
  type DescribeDependencies,
  type DescriptionOutcome,
  type DescriptionRequest,
  killReason,
  maxSidecarBytes,
  readNinjsSidecar,
  titleOfFile,
} from './description-request.ts';
import { describedBy, mergeParticulars, type Particulars } from './particulars.ts';
import { plainLine, textLimits } from './plain-text.ts';
import { clockStartSeconds, parseShotlist, type Shotlist } from './shotlist.ts';
import { alignLines } from './shotlist-alignment.ts';
import { captionSilent, outcomeOf, type SilentCaptions, type Words } from './silent-pictures.ts';

/** A video came to this step without the shots step's file: a fault of the workflow, never of the video. */
export class ShotsMissingError extends Error {
  override readonly name = 'ShotsMissingError';
}
const maxKeyframeBytes = 8 * 1024 * 1024;

/**
 * Describes every shot of a video: by the shotlist's lines that lie on it, within the headline, place and summary of
 * the whole; a shot that nobody described keeps that context and an empty text, or is captioned.
 * @throws RefusedError for a sidecar that breaks its form.
 */
export async function describeVideo(
  request: DescriptionRequest,
  dependencies: DescribeDependencies,
): Promise<DescriptionOutcome> {
  const { input } = request;
  if (input.shotsKey === undefined) throw new ShotsMissingError(`no shots are known of video ${input.assetId}`);
  const item = await readNinjsSidecar(dependencies.originals, request);
  if (item?.isKilled) return { decision: 'withdraw', reason: killReason };
  const file = await dependencies.derived.readJson(input.shotsKey, shotsFileSchema);
  const shotlist = await readShotlist(request, dependencies, file);
  await dependencies.nearDuplicates.ofVideo(file);
  const { createdAt } = file.video;
  const particulars = mergeParticulars([
    item?.particulars ?? {},
    shotlist?.particulars ?? {},
    createdAt === undefined ? {} : { createdAt },
  ]);
  const surrounding = surroundingOf(particulars, shotlist);
  const lines = alignShotlist(shotlist, file);
  const generated = await captionUndescribed(request, lines, file, particulars, dependencies);
  const descriptions = file.shots.map((shot, index) =>
    describeShot(request, { particulars, surrounding }, shot, lines[index] ?? '', generated),
  );
  const described = lines.filter((line) => line !== '').length;
  const bySource = shotlist === undefined ? 'no shotlist' : `shotlist lines on ${described} of ${lines.length} shots`;
  return {
    decision: 'index',
    descriptions,
    ...outcomeOf(generated),
    detail: generated === undefined ? bySource : `${bySource}, ${generated.detail}`,
  };
}

async function readShotlist(
  { sidecars }: DescriptionRequest,
  { originals }: DescribeDependencies,
  file: ShotsFile,
): Promise<Shotlist | undefined> {
  if (sidecars.shotlist === undefined) return undefined;
  const bytes = await originals.readBytes(sidecars.shotlist, { maxBytes: maxSidecarBytes });
  return parseShotlist(new TextDecoder().decode(bytes), rateOf(file));
}

const rateOf = (file: ShotsFile) =>
  timecodeRate(file.video.framesPerSecond, { isDropFrame: file.shots[0]?.startTimecode.includes(';') ?? false });

function alignShotlist(shotlist: Shotlist | undefined, file: ShotsFile): string[] {
  const firstTimecode = file.shots[0]?.startTimecode ?? '';
  return alignLines(shotlist?.lines ?? [], file.shots, clockStartSeconds(firstTimecode, rateOf(file)));
}

/** Captions only where no line describes a shot. */
async function captionUndescribed(
  { input }: DescriptionRequest,
  lines: readonly string[],
  file: ShotsFile,
  particulars: Particulars,
  dependencies: DescribeDependencies,
): Promise<SilentCaptions | undefined> {
  const silent = file.shots.filter((_, index) => lines[index] === '');
  const pictures = silent.map((shot) => ({
    documentId: documentId(input.assetId, 'shot', shot.index),
    read: () => dependencies.derived.readBytes({ key: bestKeyframe(shot).key }, { maxBytes: maxKeyframeBytes }),
  }));
  return captionSilent(dependencies, input, particulars, pictures);
}

/** Headline, place and summary of the whole video, in this order. */
function surroundingOf({ headline, place, caption }: Particulars, shotlist: Shotlist | undefined): string {
  const parts = [headline, place ?? shotlist?.setting, caption].filter((part) => part !== undefined);
  return plainLine(parts.join('. '), textLimits.context);
}

function describeShot(
  { input, fileName, arrivedAt }: DescriptionRequest,
  { particulars, surrounding }: { particulars: Particulars; surrounding: string },
  shot: Shot,
  line: string,
  generated: SilentCaptions | undefined,
): Description {
  const { index, startFrame, endFrame, startSeconds, endSeconds, startTimecode, endTimecode } = shot;
  const id = documentId(input.assetId, 'shot', index);
  const liveSession = liveSessionOf(input.original.key, input.desk);
  const words: Words =
    line === ''
      ? (generated?.words.get(id) ?? { text: '', provenance: 'none' })
      : { text: line, provenance: 'shotlist' };
  return {
    documentId: id,
    assetId: input.assetId,
    kind: 'shot',
    assetKind: 'video',
    ordinal: index,
    desk: input.desk,
    title: particulars.headline ?? titleOfFile(fileName),
    context: surrounding,
    ...describedBy(particulars),
    ...words,
    arrivedAt,
    ...(liveSession === undefined ? {} : { liveSession }),
    shot: { index, startFrame, endFrame, startSeconds, endSeconds, startTimecode, endTimecode },
    thumbnailKey: bestKeyframe(shot).thumbnailKey,
    perceptualHash: bestKeyframe(shot).perceptualHash,
  };
}
