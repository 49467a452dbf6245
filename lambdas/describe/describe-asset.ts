import { descriptionsFileSchema } from '../contracts/documents.ts';
import { derivedKeys } from '../contracts/keys.ts';
import { type Hold, holdOf } from '../contracts/release.ts';
import type { DescribeResult } from '../contracts/workflow.ts';
import { describePhoto } from './describe-photo.ts';
import { describeStory } from './describe-story.ts';
import { describeVideo } from './describe-video.ts';
import type { DescribeDependencies, DescriptionRequest, WaitingPictures } from './description-request.ts';

const describeByKind = { photo: describePhoto, video: describeVideo, story: describeStory } as const;

export interface Described {
  result: DescribeResult;
  /** What the page shows beside the step. */
  detail: string;
  /** What its sources say must be waited for; absent where it is withdrawn anyway. */
  hold?: Hold | undefined;
  /** What went wrong without failing the asset. */
  warnings: readonly string[];
  /** Captions that were paid for in this run. */
  captionsPaid: number;
  /** Pictures to be captioned later. */
  waiting?: WaitingPictures | undefined;
}

/**
 * Gives an asset its words and writes them into the derived bucket under the attempt's own key.
 * @throws RefusedError where the asset or a sidecar will never be good.
 */
export async function describeAsset(
  request: DescriptionRequest,
  dependencies: DescribeDependencies,
): Promise<Described> {
  const { assetId, attempt, kind } = request.input;
  const outcome = await describeByKind[kind](request, dependencies);
  if (outcome.decision === 'withdraw') {
    return { result: { ...outcome, documentCount: 0 }, detail: outcome.reason, warnings: [], captionsPaid: 0 };
  }
  const { decision, descriptions, detail, warnings, waiting, captionsPaid = 0 } = outcome;
  const descriptionsKey = derivedKeys.descriptions(assetId, attempt);
  await dependencies.derived.putJson(descriptionsKey, descriptionsFileSchema, { assetId, attempt, descriptions });
  const result = { decision, descriptionsKey, documentCount: descriptions.length };
  const hold = holdOf(descriptions.map(({ rights }) => rights));
  return { result, detail, hold, warnings, captionsPaid, waiting };
}
