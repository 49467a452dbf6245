import { join } from 'node:path';
import type { MediaBucket } from '../clients/media-bucket.ts';
import { shotsWorkKeys } from '../contracts/keys.ts';
import type { MediaTools } from '../detection/media-tool.ts';
import { extractSound, joinPreviews } from './preview.ts';
import type { PlanFile } from './work-files.ts';

/** More than a preview of so many pixels takes, whatever it shows. */
const maxSegmentBytes = 2 * 1024 ** 3;

/** Fetches the chunks' segments and makes one playable file of them, with the original's sound. @returns its path. */
export async function assemblePreview(
  { assetId, run, facts, plan }: PlanFile,
  { folder, inputPath }: { folder: string; inputPath: string },
  { derived, tools, timeoutSeconds }: { derived: MediaBucket; tools: MediaTools; timeoutSeconds: number },
): Promise<string> {
  const segments: string[] = [];
  for (let chunk = 0; chunk < plan.chunks.length; chunk += 1) {
    const path = join(folder, `segment-${chunk}.mp4`);
    await derived.download({ key: shotsWorkKeys.preview(assetId, run, chunk) }, path, { maxBytes: maxSegmentBytes });
    segments.push(path);
  }
  const soundPath = join(folder, 'sound.mp4');
  const hasSound = await extractSound(tools, facts, { inputPath, soundPath, timeoutSeconds });
  const previewPath = join(folder, 'preview.mp4');
  await joinPreviews(tools, {
    segments,
    ...(hasSound ? { soundPath } : {}),
    joinedPath: join(folder, 'joined.mp4'),
    previewPath,
    timeoutSeconds,
  });
  return previewPath;
}
