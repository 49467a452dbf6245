import { S3Client } from '@aws-sdk/client-s3';
import { MediaBucket } from '../clients/media-bucket.ts';
import { chunkInputSchema } from '../contracts/workflow.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { stepHandler } from '../runtime/handler.ts';
import { telemetryFor } from '../runtime/telemetry.ts';
import { extractKeyframes } from './extract-keyframes.ts';

/** Kept free for what is sent to the bucket when the decoder uses up its time. */
const reservedSeconds = 30;

const telemetry = telemetryFor('shots');
let wired: ReturnType<typeof wire> | undefined;
function wire() {
  const environment = readEnvironment(['originalsBucket', 'derivedBucket', 'ffmpegPath', 'ffprobePath']);
  const client = new S3Client({ forcePathStyle: true });
  return {
    originals: new MediaBucket({ client, bucketName: environment.originalsBucket }),
    derived: new MediaBucket({ client, bucketName: environment.derivedBucket }),
    tools: { ffmpegPath: environment.ffmpegPath, ffprobePath: environment.ffprobePath },
  };
}

/** The keyframes of the shots that lie in one chunk. */
export const handler = stepHandler(telemetry, chunkInputSchema, async (input, context) => {
  wired ??= wire();
  const timeoutSeconds = Math.max(1, context.getRemainingTimeInMillis() / 1000 - reservedSeconds);
  return { chunk: input.chunk, keyframeCount: await extractKeyframes(input, { ...wired, timeoutSeconds }) };
});
