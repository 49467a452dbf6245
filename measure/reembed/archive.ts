import { createHash } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { readOpenTexts } from '../../evaluation/open-texts.ts';
import type { LedgerTable } from '../../lambdas/clients/asset-ledger/table.ts';
import { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import { MediaBucket } from '../../lambdas/clients/media-bucket.ts';
import { embedTexts } from '../../lambdas/clients/model-batches.ts';
import { documentId } from '../../lambdas/contracts/document-id.ts';
import { documentsFileSchema, type WirescopeDocument } from '../../lambdas/contracts/documents.ts';
import { derivedKeys } from '../../lambdas/contracts/keys.ts';
import { embeddingText } from '../../lambdas/embedding/model-texts.ts';
import type { VersionIndex } from '../../lambdas/embedding/versions.ts';
import { writeDocuments } from '../../lambdas/index/index-documents.ts';

const documentsPerAsset = 10;
const assetsAtOnce = 2;
const clock = {
  now: () => new Date(),
  wait: (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds)),
};

/** Stories of ten passages as the pipeline would have left them: ledger, documents file and index alike. */
export async function fillArchive(
  where: { table: LedgerTable; derivedBucket: string; version: VersionIndex },
  count: number,
): Promise<WirescopeDocument[]> {
  const ledger = new AssetLedger(where.table);
  const derived = new MediaBucket({ client: new S3Client({ forcePathStyle: true }), bucketName: where.derivedBucket });
  const texts = readOpenTexts(count);
  const stories = Array.from({ length: Math.ceil(count / documentsPerAsset) }, (_, at) =>
    texts.slice(at * documentsPerAsset, (at + 1) * documentsPerAsset),
  );
  const written: WirescopeDocument[] = [];
  const queue = [...stories.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [at, passages] = next;
      const assetId = createHash('sha256').update(`rehearsal ${at}`).digest('hex');
      const descriptions = passages.map((passage, ordinal) => ({
        ...passage,
        ...{ assetId, ordinal, documentId: documentId(assetId, 'passage', ordinal) },
        ...{ kind: 'passage' as const, assetKind: 'story' as const },
      }));
      const { model, results } = await embedTexts(where.version.embed, descriptions.map(embeddingText));
      const documents = descriptions.map(
        (description, place): WirescopeDocument => ({
          ...description,
          ...{ attempt: 1, entities: [], vector: results[place] ?? [] },
          models: { embed: model, entities: { name: 'none', version: '0' } },
        }),
      );
      const key = `incoming/rehearsal/${at}.txt`;
      await ledger.claimAsset({
        ...{ assetId, kind: 'story', desk: 'rehearsal', stem: key, fileName: `${at}.txt`, mediaType: 'text/plain' },
        ...{ bytes: 1, original: { bucket: 'originals', key } },
      });
      await derived.putJson(derivedKeys.documents(assetId, 1), documentsFileSchema, { assetId, attempt: 1, documents });
      const { ledger: rows, index } = where.version;
      await writeDocuments({ ledger: rows, index, clock, leaseSeconds: () => 60 }, { assetId, attempt: 1, documents });
      await ledger.completeAsset(assetId, 1, { documentCount: documents.length, title: documents[0]?.title });
      written.push(...documents);
    }
  };
  await Promise.all(Array.from({ length: assetsAtOnce }, worker));
  return written;
}
