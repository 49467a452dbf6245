import type { Description } from '../contracts/documents.ts';
import type { DescribeInput } from '../contracts/workflow.ts';
import type { DescribeDependencies, DescriptionOutcome, WaitingPictures } from './description-request.ts';
import { type CaptionRun, captionDetail, type SilentPicture } from './generated-captions.ts';
import type { Particulars } from './particulars.ts';
import { type KeptBack, keptBack } from './sending-rights.ts';

export type Words = Pick<Description, 'text' | 'provenance' | 'generatedBy'>;

/** What became of an asset's pictures that nobody has described. */
export interface SilentCaptions {
  /** By document: only those that have a caption. */
  words: ReadonlyMap<string, Words>;
  /** What the page shows beside the step. */
  detail: string;
  warnings: readonly string[];
  waiting?: WaitingPictures;
  captionsPaid: number;
}

const keptBackInWords: Readonly<Record<KeptBack['reason'], string>> = {
  embargo: 'no words: under embargo, to be captioned later',
  withheld: 'no words: withheld, so no service may see it',
  'usage terms': 'no words: its usage terms keep it from external services',
};

/**
 * Has pictures captioned that nobody has described, unless they must not leave the house.
 * @returns undefined where captions are off or there is nothing to caption.
 */
export async function captionSilent(
  { captions, now }: Pick<DescribeDependencies, 'captions' | 'now'>,
  { assetId, attempt, desk }: DescribeInput,
  particulars: Particulars,
  pictures: readonly SilentPicture[],
): Promise<SilentCaptions | undefined> {
  if (captions === undefined || pictures.length === 0) return undefined;
  const kept = keptBack(particulars, captions.sentUsageTerms, now());
  if (kept !== undefined) return unsent(kept, pictures.length);
  const knownNames = namesOf(particulars);
  const run = await captions.captionPictures(pictures, { assetId, attempt, desk, knownNames });
  return {
    words: wordsOf(pictures, run),
    detail: captionDetail(run),
    warnings: run.failures,
    ...(run.waiting === undefined ? {} : { waiting: run.waiting }),
    captionsPaid: run.paid,
  };
}

/** The part of a description's outcome that captions bring. */
export const outcomeOf = (
  generated: SilentCaptions | undefined,
): Pick<Extract<DescriptionOutcome, { decision: 'index' }>, 'warnings' | 'waiting' | 'captionsPaid'> => ({
  warnings: generated?.warnings ?? [],
  captionsPaid: generated?.captionsPaid ?? 0,
  ...(generated?.waiting === undefined ? {} : { waiting: generated.waiting }),
});

const unsent = (kept: KeptBack, pictures: number): SilentCaptions => ({
  words: new Map(),
  detail: keptBackInWords[kept.reason],
  warnings: [],
  captionsPaid: 0,
  ...(kept.reason === 'embargo' ? { waiting: { reason: kept.reason, pictures, until: kept.until } } : {}),
});

/** Everything in the metadata that may be somebody's or something's name. */
const namesOf = ({ people, place, keywords, headline, caption }: Particulars): string[] =>
  [...(people ?? []), place, ...(keywords ?? []), headline, caption].filter((name) => name !== undefined);

function wordsOf(pictures: readonly SilentPicture[], { captions }: CaptionRun): Map<string, Words> {
  const words = pictures.flatMap(({ documentId }, at): [string, Words][] => {
    const caption = captions[at];
    if (caption === undefined) return [];
    const { text, model, promptVersion } = caption;
    return [[documentId, { text, provenance: 'generated', generatedBy: { model, promptVersion } }]];
  });
  return new Map(words);
}
