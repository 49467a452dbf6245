import { z } from 'zod';
import type { AssetLedger } from '../../../lambdas/clients/asset-ledger.ts';
import { shotsWorkKeys } from '../../../lambdas/contracts/keys.ts';
import type { InferenceRecord } from '../../../lambdas/contracts/ledger.ts';
import type { ShotsModel } from '../../../lambdas/contracts/models.ts';
import type { ShotsResult, WorkflowInput } from '../../../lambdas/contracts/workflow.ts';
import { assembleShots } from '../../../lambdas/shots/assemble-shots.ts';
import { decodeChunk } from '../../../lambdas/shots/decode-chunk.ts';
import { extractKeyframes } from '../../../lambdas/shots/extract-keyframes.ts';
import { planShots } from '../../../lambdas/shots/plan-shots.ts';
import { stitchShots } from '../../../lambdas/shots/stitch-shots.ts';
import { mediaTools } from './clips.ts';
import { colourDifferenceEndpoint } from './colour-difference-endpoint.ts';
import { type InMemoryBucket, inMemoryBucket } from './in-memory-bucket.ts';

/**
 * The tasks of the shots step one after the other, as the workflow calls them, on buckets in memory. The double of the
 * endpoint answers each chunk's request from the bucket; of the ledger only what passes between the tasks is kept.
 */
export function shotsStep({ model, framesPerChunk }: { model: ShotsModel; framesPerChunk: number }) {
  const originals: InMemoryBucket = inMemoryBucket('originals');
  const derived: InMemoryBucket = inMemoryBucket('derived');
  const endpoint = colourDifferenceEndpoint();
  const answers = new Map<number, InferenceRecord>();
  const steps: { status: string; detail?: string | undefined }[] = [];
  const ledger = {
    recordStep: async (_assetId, _attempt, _step, state) => void steps.push(state),
    recordShotsPlan: async () => {},
    getInference: async ({ chunk }) => answers.get(chunk),
  } satisfies Pick<AssetLedger, 'recordStep' | 'recordShotsPlan' | 'getInference'>;
  const common = {
    ledger,
    originals: originals.bucket,
    derived: derived.bucket,
    model,
    tools: mediaTools,
    timeoutSeconds: 60,
  };

  async function infer(assetId: string, run: string, chunk: number): Promise<void> {
    const request = derived.json(shotsWorkKeys.windows(assetId, run, chunk));
    const outputKey = `inference/shots/output/${chunk}.out`;
    const answer = await endpoint.invokeJson(request, z.unknown(), { timeoutMilliseconds: 1 });
    derived.put(outputKey, JSON.stringify(answer));
    const updatedAt = new Date().toISOString();
    const row = { assetId, run, chunk, attempt: 1, taskToken: 't', sendings: 1, outputKey, isDone: true, updatedAt };
    answers.set(chunk, row);
  }

  async function run(input: WorkflowInput): Promise<ShotsResult> {
    const planned = await planShots({ ...input, isCareful: false }, { ...common, framesPerChunk });
    if (planned.shotsKey !== undefined) return { shotsKey: planned.shotsKey, shotCount: -1, frameCount: -1 };
    for (let chunk = 0; chunk < planned.chunkCount; chunk += 1) {
      await decodeChunk({ ...input, run: planned.run, chunk, isCareful: false }, common);
      await infer(input.assetId, planned.run, chunk);
    }
    await stitchShots({ ...input, run: planned.run }, common);
    for (let chunk = 0; chunk < planned.chunkCount; chunk += 1)
      await extractKeyframes({ ...input, run: planned.run, chunk, isCareful: false }, common);
    return assembleShots({ ...input, run: planned.run }, common);
  }
  return { run, originals, derived, endpoint, steps };
}
