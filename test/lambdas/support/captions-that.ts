import type { WaitingReason } from '../../../lambdas/contracts/captions.ts';
import type { PictureCaptions } from '../../../lambdas/describe/generated-captions.ts';

/** Captions with one answer for every picture, which remember by document what they were asked for. */
export function captionsThat(
  answer: { say: string } | { wait: WaitingReason } | { refuse: string },
): PictureCaptions & { asked: string[][] } {
  const asked: string[][] = [];
  return {
    asked,
    sentUsageTerms: [],
    captionPictures: async (pictures) => {
      asked.push(pictures.map(({ documentId }) => documentId));
      const caption = 'say' in answer ? { text: answer.say, model: 'm', promptVersion: '1' } : undefined;
      return {
        captions: pictures.map(() => caption),
        failures: 'refuse' in answer ? [answer.refuse] : [],
        ...('wait' in answer ? { waiting: { reason: answer.wait, pictures: pictures.length } } : {}),
        paid: caption === undefined ? 0 : pictures.length,
      };
    },
  };
}
