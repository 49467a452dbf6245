import type { AssetLedger } from '../clients/asset-ledger.ts';
import type { MediaBucket } from '../clients/media-bucket.ts';
import { derivedKeys, shotsWorkKeys } from '../contracts/keys.ts';
import type { ShotsModel } from '../contracts/models.ts';
import type { PlanShotsInput, PlanShotsResult } from '../contracts/workflow.ts';
import type { MediaTools } from '../detection/media-tool.ts';
import { earlierShots } from './earlier-shots.ts';
import { fetchOriginal, withFolder } from './original-file.ts';
import { planVideo } from './plan-video.ts';
import { probeVideo } from './probe.ts';
import { runName } from './run-name.ts';
import { planFileSchema } from './work-files.ts';

export interface PlanShotsDependencies {
  ledger: Pick<AssetLedger, 'recordStep' | 'recordShotsPlan'>;
  originals: MediaBucket;
  derived: MediaBucket;
  model: ShotsModel;
  tools: MediaTools;
  framesPerChunk: number;
  /** What is left of the Lambda's time for reading the video. */
  timeoutSeconds: number;
}

/**
 * Looks at a video and writes down how it is cut into chunks. Where the same model has left its shots already, nothing
 * is planned.
 * @throws RefusedError for what is no video that can be searched; FencedError.
 */
export async function planShots(input: PlanShotsInput, dependencies: PlanShotsDependencies): Promise<PlanShotsResult> {
  const { ledger, originals, derived, model, tools, framesPerChunk, timeoutSeconds } = dependencies;
  const { assetId, attempt, original, isCareful } = input;
  const run = runName({ model, framesPerChunk, isCareful });
  await ledger.recordStep(assetId, attempt, 'shots', { status: 'started' });
  const earlier = await earlierShots(derived, assetId, model);
  if (earlier !== undefined) {
    await ledger.recordStep(assetId, attempt, 'shots', { status: 'done', detail: shotsInWords(earlier.shots.length) });
    return { run, chunkCount: 0, shotsKey: derivedKeys.shots(assetId) };
  }
  const planKey = shotsWorkKeys.plan(assetId, run);
  const file =
    (await derived.findJson(planKey, planFileSchema)) ??
    (await withFolder(async (folder) => {
      const { inputPath, bytes } = await fetchOriginal(originals, original, folder);
      const facts = await probeVideo(tools, inputPath);
      const plan = await planVideo(tools, facts, {
        inputPath,
        geometry: model.limits,
        framesPerChunk,
        timeoutSeconds,
        proof: isCareful ? 'whole' : 'ends',
      });
      const made = { assetId, run, facts, plan, originalBytes: bytes };
      await derived.putJson(planKey, planFileSchema, made);
      return made;
    }));
  const { plan } = file;
  await ledger.recordShotsPlan(assetId, attempt, {
    frameCount: plan.frameCount,
    framesPerChunk: plan.frameCount / plan.chunks.length,
  });
  return { run, chunkCount: plan.chunks.length };
}

export const shotsInWords = (count: number): string => `${count} ${count === 1 ? 'shot' : 'shots'}`;
