import type { AssetLedger } from '../clients/asset-ledger.ts';
import type { MediaBucket } from '../clients/media-bucket.ts';
import { derivedKeys, shotsWorkKeys } from '../contracts/keys.ts';
import type { ShotsModel } from '../contracts/models.ts';
import type { PlanShotsResult, WorkflowInput } from '../contracts/workflow.ts';
import type { MediaTools } from '../detection/media-tool.ts';
import { earlierShots } from './earlier-shots.ts';
import { withOriginal } from './original-file.ts';
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
}

/**
 * Looks at a video and writes down how it is cut into chunks. Where the same model has left its shots already, nothing
 * is planned.
 * @throws RefusedError for what is no video that can be searched; FencedError.
 */
export async function planShots(input: WorkflowInput, dependencies: PlanShotsDependencies): Promise<PlanShotsResult> {
  const { ledger, originals, derived, model, tools, framesPerChunk } = dependencies;
  const { assetId, attempt, original } = input;
  const run = runName({ model, framesPerChunk });
  await ledger.recordStep(assetId, attempt, 'shots', { status: 'started' });
  const earlier = await earlierShots(derived, assetId, model);
  if (earlier !== undefined) {
    await ledger.recordStep(assetId, attempt, 'shots', { status: 'done', detail: shotsInWords(earlier.shots.length) });
    return { run, chunkCount: 0, shotsKey: derivedKeys.shots(assetId) };
  }
  const plan = await withOriginal(originals, original, async ({ inputPath }) => {
    const facts = await probeVideo(tools, inputPath);
    const frameCount = Math.max(1, Math.round((facts.promisedSeconds ?? 0) * facts.framesPerSecond));
    return { assetId, run, facts, frameCount, framesPerChunk: frameCount, chunks: [{ firstFrame: 0 }] };
  });
  await derived.putJson(shotsWorkKeys.plan(assetId, run), planFileSchema, plan);
  await ledger.recordShotsPlan(assetId, attempt, { frameCount: plan.frameCount, framesPerChunk: plan.framesPerChunk });
  return { run, chunkCount: plan.chunks.length };
}

export const shotsInWords = (count: number): string => `${count} ${count === 1 ? 'shot' : 'shots'}`;
