import { readFileSync } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import type { AssetLedger } from '../../../lambdas/clients/asset-ledger.ts';
import { MediaBucket } from '../../../lambdas/clients/media-bucket.ts';
import { shotsModelSchema } from '../../../lambdas/contracts/models.ts';

/**
 * One task of the shots step in a process of its own, as a Lambda is one, and with no more code than its Lambda has. The
 * task comes as JSON on the command line.
 */
export const taskSchema = z.object({
  task: z.enum(['plan', 'decode', 'stitch', 'keyframes', 'assemble']),
  assetId: z.string(),
  key: z.string(),
  run: z.string().default(''),
  chunk: z.number().default(0),
  framesPerChunk: z.number(),
  model: shotsModelSchema,
  outputKeys: z.array(z.string()).default([]),
  timeoutSeconds: z.number(),
  tools: z.object({ ffmpegPath: z.string(), ffprobePath: z.string() }),
});
export type Task = z.infer<typeof taskSchema>;
export interface TaskResult {
  answer: unknown;
  /** Of the task and of the tools that it waited for; not of the process's own start, which many tasks share. */
  coreSeconds: number;
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: user and system time, own and of waited-for children. */
function coreSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
  return ticks / 100;
}

const nobody = async () => {};

async function work(task: Task): Promise<unknown> {
  const client = new S3Client({ forcePathStyle: true });
  const input = {
    ...{ assetId: task.assetId, attempt: 1, kind: 'video' as const, desk: 'measure', isCareful: false },
    original: { bucket: 'originals', key: task.key },
  };
  const ledger = {
    recordStep: nobody,
    recordShotsPlan: nobody,
    getInference: async ({ assetId, run, chunk }) => ({
      ...{ assetId, run, chunk, attempt: 1, taskToken: '', sendings: 1, isDone: true, updatedAt: '' },
      outputKey: task.outputKeys[chunk] ?? '',
    }),
  } satisfies Pick<AssetLedger, 'recordStep' | 'recordShotsPlan' | 'getInference'>;
  const common = {
    ledger,
    originals: new MediaBucket({ client, bucketName: 'originals' }),
    derived: new MediaBucket({ client, bucketName: 'derived' }),
    model: task.model,
    tools: task.tools,
    timeoutSeconds: task.timeoutSeconds,
  };
  switch (task.task) {
    case 'plan': {
      const { planShots } = await import('../../../lambdas/shots/plan-shots.ts');
      return planShots(input, { ...common, framesPerChunk: task.framesPerChunk });
    }
    case 'decode': {
      const { decodeChunk } = await import('../../../lambdas/shots/decode-chunk.ts');
      return decodeChunk({ ...input, run: task.run, chunk: task.chunk }, common);
    }
    case 'stitch': {
      const { stitchShots } = await import('../../../lambdas/shots/stitch-shots.ts');
      return stitchShots({ ...input, run: task.run }, common);
    }
    case 'keyframes': {
      const { extractKeyframes } = await import('../../../lambdas/shots/extract-keyframes.ts');
      return extractKeyframes({ ...input, run: task.run, chunk: task.chunk }, common);
    }
    case 'assemble': {
      const { assembleShots } = await import('../../../lambdas/shots/assemble-shots.ts');
      return assembleShots({ ...input, run: task.run }, common);
    }
  }
}

async function main(): Promise<void> {
  const task = taskSchema.parse(JSON.parse(process.argv[2] ?? ''));
  const before = coreSeconds();
  const answer = await work(task);
  process.stdout.write(JSON.stringify({ answer, coreSeconds: coreSeconds() - before } satisfies TaskResult));
}

void main();
