import type { CaptionSettings } from '../../contracts/captions.ts';
import { imageTokens, mostImageTokens, type PixelSize, sentSize } from './image-tokens.ts';
import { maxAnswerTokens, promptTokens } from './prompt.ts';

export interface Tokens {
  inputTokens: number;
  outputTokens: number;
}

const million = 1_000_000;

/** Whole micro-dollars, rounded up: no call is free. */
export const costOf = ({ prices }: Pick<CaptionSettings, 'prices'>, { inputTokens, outputTokens }: Tokens): number =>
  Math.ceil(
    (inputTokens * prices.inputMicroDollarsPerMillionTokens +
      outputTokens * prices.outputMicroDollarsPerMillionTokens) /
      million,
  );

/** What one picture may take at most, known before it is sent. */
export function upperBound(
  settings: Pick<CaptionSettings, 'prices' | 'image'>,
  size: PixelSize,
): Tokens & { microDollars: number } {
  const tokens = {
    inputTokens: promptTokens + mostImageTokens(size, settings.image.billing),
    outputTokens: maxAnswerTokens,
  };
  return { ...tokens, microDollars: costOf(settings, tokens) };
}

/** A picture of the usual 3:2 in the size it would be sent in, and a short answer: what most captions cost. */
const usualSize: PixelSize = { width: 6000, height: 4000 };
const usualAnswerTokens = 40;
/** The prompt's bound is generous by a third. */
const usualPromptShare = 0.75;
/** Shapes among which the costliest one is, whatever the provider counts: square, 3:2, 16:9, wide, upright. */
const shapes: readonly PixelSize[] = [
  { width: 6000, height: 6000 },
  usualSize,
  { width: 6400, height: 3600 },
  { width: 8000, height: 3000 },
  { width: 4000, height: 6000 },
];

/** The most that one call can cost, in micro-dollars. */
export const dearestCall = (settings: Pick<CaptionSettings, 'prices' | 'image'>): number =>
  Math.max(...shapes.map((shape) => upperBound(settings, sentSize(shape, settings.image)).microDollars));

export interface CaptionEstimate {
  lowMicroDollars: number;
  highMicroDollars: number;
  /** Days that one desk's daily limit spreads the high amount over; undefined where the limit lets nothing through. */
  days: number | undefined;
}

/**
 * What captioning so many pictures without words will cost: every one of them sent, none found in the cache. `low` for
 * the usual picture and answer, `high` for the costliest that can be sent.
 */
export function estimateCaptions(
  settings: CaptionSettings,
  pictures: number,
  limitMicroDollars: number,
): CaptionEstimate {
  const usual = {
    inputTokens:
      Math.ceil(promptTokens * usualPromptShare) +
      imageTokens(sentSize(usualSize, settings.image), settings.image.billing),
    outputTokens: usualAnswerTokens,
  };
  const high = dearestCall(settings);
  const perDay = Math.floor(limitMicroDollars / Math.max(1, high));
  return {
    lowMicroDollars: pictures * costOf(settings, usual),
    highMicroDollars: pictures * high,
    days: perDay === 0 && pictures > 0 ? undefined : Math.ceil(pictures / Math.max(1, perDay)),
  };
}
