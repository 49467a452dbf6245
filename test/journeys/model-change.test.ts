import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { z } from 'zod';
import { openTable } from '../../lambdas/clients/asset-ledger.ts';
import { embedTexts, type ModelIdentity } from '../../lambdas/clients/model-batches.ts';
import { ModelEndpoint } from '../../lambdas/clients/model-endpoint.ts';
import type { FoundDocument } from '../../lambdas/clients/vector-index.ts';
import { embeddingText } from '../../lambdas/embedding/model-texts.ts';
import { type VersionIndex, Versions } from '../../lambdas/embedding/versions.ts';
import { ApiCaller } from '../../local/supervisor/api-caller.ts';
import { emulatorEnvironment, instanceOf } from '../../local/supervisor/instance.ts';
import { readLedger } from '../../local/supervisor/ledger-view.ts';
import { modelArchiveFile, packageNamed } from '../../setup/model-archives.ts';
import { places, root } from '../../setup/places.ts';
import { mustRun } from '../../setup/program.ts';

/** The same weights, read up to half as far: for a long passage it gives another vector. */
const other = packageNamed('embed-minilm-128');
const otherKey = 'models/another-embedding-model.tar.gz';
const stories = 8;
const sentences = 30;

const { outputs, addresses } = inject('system');
let s3: S3Client;
let current: VersionIndex;
let endpoint: ModelEndpoint;
let endpointName: string;

beforeAll(async () => {
  Object.assign(process.env, emulatorEnvironment(instanceOf('test', 5500)));
  s3 = new S3Client({ forcePathStyle: true });
  const sageMaker = new SageMakerRuntimeClient({});
  const versions = new Versions({
    ...{ deployed: outputs['EmbedVersions'] ?? '', table: openTable(outputs['LedgerTableName'] ?? '') },
    ...{ vectorIndexEndpoint: addresses.vectorIndex, sageMaker },
  });
  current = versions.current(await versions.states.read());
  endpointName = current.version.endpointName;
  endpoint = new ModelEndpoint({ client: sageMaker, endpointName });
  await mustRun(
    'packaging the other model',
    'its message stands above.',
    places.pythonBinary,
    ['-m', 'wirescope_models', 'package', '--out', places.models, '--only', other.name],
    { cwd: `${root}/model-packaging` },
  );
  const Body = readFileSync(modelArchiveFile(other));
  await s3.send(new PutObjectCommand({ Bucket: outputs['ModelsBucketName'], Key: otherKey, Body }));
});

/** Distinct, and long enough that each passage reaches beyond what the other model reads. */
const storyOf = (number: number): string =>
  [
    `Harbour chronicle ${number}\n`,
    ...Array.from(
      { length: sentences },
      (_, week) =>
        `In week ${week + 1} the office of pier ${number} counted ${number * 31 + week} ferries, ${week + 2} cranes under repair and a queue of lorries that reached as far as mile ${week * 7 + number}.`,
    ),
  ].join('\n');

const endpointSchema = z.object({
  endpoints: z.array(
    z.object({ endpointName: z.string(), variantName: z.string(), image: z.string(), modelDataUrl: z.string() }),
  ),
});

/** Updates the endpoint in place, as a deployment does: its name stays, its model changes under the calls. */
async function serve(modelDataUrl: string): Promise<void> {
  const listed = endpointSchema.parse(await (await fetch(`${addresses.models}/endpoints`)).json());
  const { variantName, image } = listed.endpoints.find((one) => one.endpointName === endpointName) ?? {};
  const answer = await fetch(`${addresses.models}/endpoints/${endpointName}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ endpointName, variants: [{ variantName, image, modelDataUrl, environment: {} }] }),
  });
  expect(answer.status, await answer.text()).toBe(200);
}

async function servedNow(): Promise<string> {
  const listed = endpointSchema.parse(await (await fetch(`${addresses.models}/endpoints`)).json());
  return listed.endpoints.find((one) => one.endpointName === endpointName)?.modelDataUrl ?? '';
}

const cosine = (one: readonly number[], another: readonly number[]): number =>
  one.reduce((sum, value, at) => sum + value * (another[at] ?? 0), 0);

describe('an embedding model that changes in place while documents and queries are under way', () => {
  it('never leaves its vectors in the index of another version, and search goes on', async () => {
    const own = await servedNow();
    const api = new ApiCaller(outputs['ApiUrl'] ?? '', outputs['UserPoolClientId'] ?? '');
    const table = DynamoDBDocumentClient.from(new DynamoDBClient({}));
    let isChanging = true;
    const answeredBy: string[] = [];
    const statuses: number[] = [];
    const watching = (async () => {
      for (let at = 0; isChanging; at++) {
        const answer = await api.call(`/search?q=ferries+at+pier+${at}`);
        statuses.push(answer.status);
        const { query } = (await answer.json()) as { query?: { models?: { embed?: string } } };
        answeredBy.push(query?.models?.embed ?? 'words alone');
        await delay(200);
      }
    })();
    const names: string[] = [];
    const probe = Array.from({ length: 4 }, (_, at) => storyOf(100 + at));
    let strange: { model: ModelIdentity; results: number[][] } | undefined;
    try {
      for (let change = 0; change < stories / 4; change++) {
        for (let at = 0; at < 4; at++) {
          const fileName = `chronicle-${change}-${at}.txt`;
          names.push(fileName);
          await s3.send(
            new PutObjectCommand({
              ...{ Bucket: outputs['OriginalsBucketName'], Key: `incoming/harbour/${fileName}` },
              Body: storyOf(change * 4 + at),
            }),
          );
          if (at === 1) await serve(`s3://${outputs['ModelsBucketName']}/${otherKey}`);
        }
        strange = await embedTexts(endpoint, probe);
        await delay(4_000);
        await serve(own);
      }
    } finally {
      await serve(own);
      isChanging = false;
      await watching;
    }
    const assets = await vi.waitFor(
      async () => {
        const view = await readLedger(table, outputs['LedgerTableName'] ?? '');
        const arrived = view.assets.filter(({ fileName }) => names.includes(fileName));
        expect(arrived.map(({ status }) => status)).toEqual(names.map(() => 'indexed'));
        return arrived;
      },
      { timeout: 240_000, interval: 1_000 },
    );

    // The endpoint did answer by the other model, and its vectors differ: a mistake would be seen.
    expect(strange?.model).toEqual({ name: other.name, version: other.version });
    const usual = await embedTexts(endpoint, probe);
    const { name, version } = current.version;
    expect(usual.model).toEqual({ name, version });
    for (const [at, vector] of usual.results.entries())
      expect(cosine(vector, strange?.results[at] ?? [])).toBeLessThan(0.999);

    const documents: FoundDocument['document'][] = [];
    for (const { assetId } of assets)
      for await (const page of current.index.documentsInOrder({ assetId }))
        documents.push(...page.map(({ document }) => document));
    expect(documents.length).toBeGreaterThan(stories);
    const { results } = await embedTexts(endpoint, documents.map(embeddingText));
    for (const [at, document] of documents.entries()) {
      expect(document.models.embed).toEqual({ name, version });
      const stored = await current.index.vectorOf(document.documentId, { match_all: {} });
      expect(cosine(stored ?? [], results[at] ?? [])).toBeGreaterThan(0.99999);
    }
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(answeredBy.filter((by) => ![`${name} ${version}`, 'words alone'].includes(by))).toEqual([]);
  }, 400_000);
});
