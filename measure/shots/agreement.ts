import type { Measurement } from '../measurement.ts';
import { prepareSpeed } from './speed/prepare.ts';
import { type Quality, sameQuality } from './speed/quality.ts';

const mostF1Points = 0.2;

/** That what is faster still answers as the published package does: F1 of both by one rule on the same 1080p files. */
export async function measureAgreement(): Promise<Measurement> {
  const prepared = await prepareSpeed();
  const quality = await sameQuality(prepared);
  const { own, published, clips, meanDifference } = quality;
  const versus = (kind: keyof Quality['own']) => `${own[kind].toFixed(4)} to ${published[kind].toFixed(4)}`;
  return {
    targets: [
      {
        name: `F1 by one rule on the same 1080p files is within ${mostF1Points} points of the published package's`,
        holds: own.all >= published.all - mostF1Points / 100,
        found:
          `${clips} clips: ${versus('all')} (by kind of the truth, where one transition is half a point: ` +
          `cuts ${versus('cut')}, gradual ${versus('gradual')}), ` +
          `probabilities ${meanDifference.toFixed(4)} apart on average`,
      },
    ],
    figures: { ownF1: own.all, publishedF1: published.all },
    details: { archiveSha256: prepared.archiveSha256, quality },
  };
}
