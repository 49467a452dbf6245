import type { CaptionSettings, ImageBilling } from '../../contracts/captions.ts';

export interface PixelSize {
  width: number;
  height: number;
}

const tilePixels = 512;
/** What the provider itself makes of a picture before it counts tiles. */
const tiledLongestEdge = 2048;
const tiledShortSide = 768;
/** Shrinking by more than this would cost detail, where the strip of a tile saved costs only money. */
const smallestShrink = 0.74;

const scaled = ({ width, height }: PixelSize, factor: number): PixelSize => ({
  width: Math.max(1, Math.round(width * factor)),
  height: Math.max(1, Math.round(height * factor)),
});

/** So large at most, and never larger than it is. */
const fitted = (size: PixelSize, longestEdge: number): PixelSize =>
  scaled(size, Math.min(1, longestEdge / Math.max(size.width, size.height)));

/**
 * The size in which a picture is sent: no larger than the settings say, and under billing by tiles a little smaller
 * where that saves a row or column of tiles, of which a strip costs as much as a whole one.
 */
export function sentSize(
  size: PixelSize,
  { billing, longestEdgePixels }: Pick<CaptionSettings['image'], 'billing' | 'longestEdgePixels'>,
): PixelSize {
  const whole = fitted(size, longestEdgePixels);
  if (billing.rule !== 'tiles') return whole;
  const candidates = [whole.width, whole.height]
    .map((side) => (Math.floor(side / tilePixels) * tilePixels) / side)
    .filter((factor) => factor >= smallestShrink && factor < 1)
    .map((factor) => scaled(whole, factor));
  return [whole, ...candidates].reduce((best, each) =>
    imageTokens(each, billing) < imageTokens(best, billing) ? each : best,
  );
}

/** The tokens that a provider counts for a picture of this size. */
export const imageTokens = (size: PixelSize, billing: ImageBilling): number => counted(size, billing, 1);

/**
 * An upper bound of them. OpenAI's text says that a picture is scaled until its short side has 768 pixels and leaves
 * open whether a smaller one is enlarged: here it is.
 */
export const mostImageTokens = (size: PixelSize, billing: ImageBilling): number =>
  counted(size, billing, Number.POSITIVE_INFINITY);

function counted(size: PixelSize, billing: ImageBilling, mostEnlarged: number): number {
  switch (billing.rule) {
    case 'tiles': {
      const inBox = scaled(size, Math.min(mostEnlarged, tiledLongestEdge / Math.max(size.width, size.height)));
      const { width, height } = scaled(inBox, Math.min(1, tiledShortSide / Math.min(inBox.width, inBox.height)));
      return (
        billing.baseTokens + billing.tokensPerTile * Math.ceil(width / tilePixels) * Math.ceil(height / tilePixels)
      );
    }
    case 'patches': {
      const { patchPixels, maxPatches, multiplier } = billing;
      const patches = Math.ceil(size.width / patchPixels) * Math.ceil(size.height / patchPixels);
      return Math.ceil(Math.min(patches, maxPatches) * multiplier);
    }
    case 'area':
      return Math.ceil((size.width * size.height) / billing.pixelsPerToken);
    case 'fixed':
      return billing.tokens;
  }
}
