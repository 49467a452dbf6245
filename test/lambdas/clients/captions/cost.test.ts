import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costOf, dearestCall, estimateCaptions, upperBound } from '../../../../lambdas/clients/captions/cost.ts';
import { imageTokens, mostImageTokens, sentSize } from '../../../../lambdas/clients/captions/image-tokens.ts';
import { promptTokens } from '../../../../lambdas/clients/captions/prompt.ts';
import { captionSettingsSchema, type ImageBilling } from '../../../../lambdas/contracts/captions.ts';
import { captionSettings } from '../../support/caption-settings.ts';

const tiles: ImageBilling = { rule: 'tiles', baseTokens: 85, tokensPerTile: 170 };
const patches: ImageBilling = { rule: 'patches', patchPixels: 32, maxPatches: 1536, multiplier: 1.62 };
const area: ImageBilling = { rule: 'area', pixelsPerToken: 750 };
const fixed: ImageBilling = { rule: 'fixed', tokens: 258 };
const size = (width: number, height: number) => ({ width, height });

describe('the tokens of a picture', () => {
  it.each([
    // The two examples of https://platform.openai.com/docs/guides/images-vision#calculating-costs
    ['tiles of a square', size(1024, 1024), tiles, 765],
    ['tiles of an upright one', size(2048, 4096), tiles, 1105],
    ['patches', size(1024, 1024), patches, Math.ceil(1024 * 1.62)],
    ['patches up to their limit', size(4000, 4000), patches, Math.ceil(1536 * 1.62)],
    ['area', size(1000, 750), area, 1000],
    ['a fixed number', size(4000, 10), fixed, 258],
  ])('are counted by %s', (_rule, picture, billing, tokens) => expect(imageTokens(picture, billing)).toBe(tokens));

  it('are bounded even where a provider enlarges small pictures', () => {
    expect(imageTokens(size(768, 512), tiles)).toBe(85 + 2 * 170);
    expect(mostImageTokens(size(768, 512), tiles)).toBe(85 + 6 * 170);
  });
});

describe('the size in which a picture is sent', () => {
  const image = { billing: tiles, longestEdgePixels: 1024 };

  it('has no longer edge than the settings say and is never enlarged', () => {
    expect(sentSize(size(6000, 6000), { billing: area, longestEdgePixels: 1000 })).toEqual(size(1000, 1000));
    expect(sentSize(size(300, 200), image)).toEqual(size(300, 200));
  });

  it('is a little smaller where a strip would cost a row of tiles', () => {
    expect(sentSize(size(6000, 4000), image)).toEqual(size(768, 512));
    expect(sentSize(size(4000, 6000), image)).toEqual(size(512, 768));
  });

  it('keeps its shape, costs no more than the whole and loses a quarter of an edge at most', () => {
    const edge = fc.integer({ min: 1, max: 9000 });
    fc.assert(
      fc.property(edge, edge, fc.constantFrom(tiles, patches, area, fixed), (width, height, billing) => {
        const sent = sentSize({ width, height }, { billing, longestEdgePixels: 1024 });
        const whole = Math.min(1, 1024 / Math.max(width, height));
        expect(Math.max(sent.width, sent.height)).toBeLessThanOrEqual(1024);
        expect(Math.max(sent.width, sent.height)).toBeGreaterThanOrEqual(
          Math.floor(Math.max(width, height) * whole * 0.74),
        );
        expect(Math.abs(sent.width - (sent.height * width) / height)).toBeLessThanOrEqual(1 + width / height);
        expect(imageTokens(sent, billing)).toBeLessThanOrEqual(mostImageTokens(sent, billing));
      }),
    );
  });
});

describe('the cost of a call', () => {
  it('is whole micro-dollars, rounded up', () => {
    const { prices } = captionSettings();
    expect(costOf({ prices }, { inputTokens: 1000, outputTokens: 100 })).toBe(150 + 60);
    expect(costOf({ prices }, { inputTokens: 1, outputTokens: 0 })).toBe(1);
    expect(costOf({ prices }, { inputTokens: 0, outputTokens: 0 })).toBe(0);
  });

  it('is bounded before the call by no less than any picture can take', () => {
    const settings = captionSettings();
    const edge = fc.integer({ min: 16, max: 9000 });
    fc.assert(
      fc.property(edge, edge, (width, height) => {
        fc.pre(Math.max(width, height) / Math.min(width, height) < 20);
        const sent = sentSize({ width, height }, settings.image);
        const bound = upperBound(settings, sent);
        expect(bound.microDollars).toBeGreaterThanOrEqual(
          costOf(settings, {
            inputTokens: imageTokens(sent, settings.image.billing) + Math.ceil(promptTokens * 0.75),
            outputTokens: 200,
          }),
        );
        expect(dearestCall(settings)).toBeGreaterThanOrEqual(bound.microDollars);
      }),
    );
  });
});

describe('the estimate before a backfill', () => {
  const settings = captionSettings();

  it('grows with the pictures and names the days that the limit spreads it over', () => {
    const one = estimateCaptions(settings, 1, 1_000_000);
    const many = estimateCaptions(settings, 10_000, 1_000_000);
    expect(many.lowMicroDollars).toBe(10_000 * one.lowMicroDollars);
    expect(many.highMicroDollars).toBe(10_000 * one.highMicroDollars);
    expect(one.lowMicroDollars).toBeLessThan(one.highMicroDollars);
    expect(many.days).toBe(Math.ceil(10_000 / Math.floor(1_000_000 / one.highMicroDollars)));
  });

  it('takes at least what a picture of the usual shape and a short answer cost, and at most as much with the whole prompt', () => {
    const { lowMicroDollars } = estimateCaptions(settings, 1, 1_000_000);
    const picture = imageTokens(sentSize({ width: 6000, height: 4000 }, settings.image), settings.image.billing);
    const cost = (inputTokens: number) => costOf(settings, { inputTokens, outputTokens: 40 });
    expect(lowMicroDollars).toBeGreaterThan(cost(picture));
    expect(lowMicroDollars).toBeLessThan(cost(picture + promptTokens));
  });

  it('costs nothing without pictures, and never ends without money', () => {
    expect(estimateCaptions(settings, 0, 0)).toEqual({ lowMicroDollars: 0, highMicroDollars: 0, days: 0 });
    expect(estimateCaptions(settings, 5, 0).days).toBeUndefined();
  });
});

describe('the settings of captions', () => {
  it('name every price with its day and its source, and know no other setting', () => {
    const settings = captionSettings();
    expect(captionSettingsSchema.safeParse({ ...settings, free: true }).success).toBe(false);
    expect(
      captionSettingsSchema.safeParse({ ...settings, prices: { ...settings.prices, asOf: 'lately' } }).success,
    ).toBe(false);
    expect(captionSettingsSchema.safeParse({ ...settings, prices: { ...settings.prices, source: '' } }).success).toBe(
      false,
    );
  });
});
