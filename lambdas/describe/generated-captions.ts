import sharp from 'sharp';
import type { CaptionProvider, GeneratedCaption } from '../clients/caption-provider.ts';
import { toJpeg } from '../runtime/renditions.ts';

/** Calls at once, and calls for one asset: a long video without a shotlist must not empty the budget. */
const callsInFlight = 4;
export const maxCaptionsPerAsset = 60;

export interface CaptionRun {
  /** One a picture, undefined where none came. */
  captions: (GeneratedCaption | undefined)[];
  failures: string[];
}

/**
 * Captions pictures that nobody has described. A picture whose caption fails goes without: words that a machine
 * could have found are no reason to lose what people wrote.
 * @param pictures each read only when its turn comes.
 */
export async function captionPictures(
  provider: CaptionProvider,
  pictures: readonly (() => Promise<Buffer>)[],
): Promise<CaptionRun> {
  const captions: CaptionRun['captions'] = Array.from({ length: pictures.length });
  const failures: string[] = [];
  const waiting = [...pictures.entries()].slice(0, maxCaptionsPerAsset);
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, read] = next;
      const jpeg = await toJpeg(sharp(await read()).autoOrient(), 'keyframe');
      try {
        captions[index] = await provider.caption(jpeg);
      } catch (error) {
        failures.push((error as Error).message);
      }
    }
  };
  await Promise.all(Array.from({ length: callsInFlight }, worker));
  return { captions, failures };
}

/** What the page shows beside the step: how many captions were made, and why others were not. */
export function captionDetail({ captions, failures }: CaptionRun): string {
  const made = captions.filter((caption) => caption !== undefined).length;
  const failed = failures.length === 0 ? '' : `, ${failures.length} failed (${failures[0]})`;
  return `${made} generated ${made === 1 ? 'caption' : 'captions'}${failed}`;
}
