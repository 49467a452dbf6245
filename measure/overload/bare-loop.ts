import { createHash } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { examine } from '../../lambdas/admit/examine.ts';
import { MediaBucket } from '../../lambdas/clients/media-bucket.ts';
import { ModelEndpoint } from '../../lambdas/clients/model-endpoint.ts';
import { indexedDocument, VectorIndex } from '../../lambdas/clients/vector-index.ts';
import { documentsFileSchema } from '../../lambdas/contracts/documents.ts';
import { describeAsset } from '../../lambdas/describe/describe-asset.ts';
import { lookAt } from '../../lambdas/describe/likeness/picture-look.ts';
import { lookAtStory } from '../../lambdas/describe/likeness/story-sketch.ts';
import { enrichDescriptions } from '../../lambdas/enrich/enrich-descriptions.ts';
import type { OwnSystem } from '../../local/supervisor/own-system.ts';
import { type Arrival, send } from '../faults/material.ts';

/** The processor's part of a look for near-duplicates: what is left of it without a ledger. */
const bareLooks = {
  ofPhoto: async (photo: Buffer) => void (await lookAt(photo)),
  ofVideo: async () => {},
  ofStory: async (text: string) => void lookAtStory(text),
};

/**
 * The same work without queue, ledger, workflow and Lambda: the steps' own functions, one asset after the other, so many
 * at once, against the same store, models and index.
 * @returns seconds for all of them.
 */
export async function bareLoop(
  { outputs, addresses }: OwnSystem,
  arrivals: readonly Arrival[],
  atOnce: number,
): Promise<number> {
  const s3 = new S3Client({ forcePathStyle: true });
  const bucketOf = (output: string): MediaBucket => new MediaBucket({ client: s3, bucketName: outputs[output] ?? '' });
  const originals = bucketOf('OriginalsBucketName');
  const derived = bucketOf('DerivedBucketName');
  const models = new SageMakerRuntimeClient({});
  const endpoint = (word: string): ModelEndpoint =>
    new ModelEndpoint({ client: models, endpointName: `wirescope-local-${word}` });
  const [embed, entities] = [endpoint('embed'), endpoint('entities')];
  const index = new VectorIndex({ endpoint: addresses.vectorIndex, indexName: outputs['IndexName'] ?? '' });
  for (const arrival of arrivals) await send(s3, originals.bucketName, arrival);

  const one = async ({ key }: Arrival): Promise<void> => {
    const original = { bucket: originals.bucketName, key };
    const { assetId, kind, mediaType } = await examine(originals, original);
    const input = { assetId, attempt: 1, kind, desk: 'bare', original };
    const { result } = await describeAsset(
      {
        input,
        fileName: key.split('/').at(-1) ?? key,
        mediaType,
        arrivedAt: new Date().toISOString(),
        sidecars: {},
      },
      {
        originals,
        derived,
        nearDuplicates: bareLooks,
        claimStoryVersion: async () => ({ isNewest: true }),
        now: () => new Date(),
      },
    );
    const enriched = await enrichDescriptions(
      { ...input, descriptionsKey: result.descriptionsKey ?? '' },
      { derived, embed, entities },
    );
    const { documents } = await derived.readJson(enriched.result.documentsKey, documentsFileSchema);
    await index.bulkIndex(
      documents.map((document) =>
        indexedDocument(document, {
          contentSha256: createHash('sha256').update(JSON.stringify(document)).digest('hex'),
          writtenAt: new Date().toISOString(),
        }),
      ),
    );
  };
  const waiting = [...arrivals];
  const started = Date.now();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await one(next);
    }),
  );
  return (Date.now() - started) / 1000;
}
