import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import type { Sent } from '../../lambdas/clients/asynchronous-endpoint.ts';
import { inferenceId, parseInferenceId } from '../../lambdas/contracts/keys.ts';
import type { InferenceResult } from '../../lambdas/contracts/models.ts';
import { RetryableError } from '../../lambdas/runtime/errors.ts';
import { inferChunk } from '../../lambdas/shots/infer-chunk.ts';
import { returnInference } from '../../lambdas/shots/return-inference.ts';
import { inMemoryBucket } from '../lambdas/support/in-memory-bucket.ts';
import { type CloudEmulator, createLedgerTable, startCloudEmulator } from './cloud-emulator.ts';

/** A chunk's way to the asynchronous endpoint and back, on a real ledger. */
const run = '0123abcd';
let emulator: CloudEmulator;
let ledger: AssetLedger;
beforeAll(async () => {
  emulator = await startCloudEmulator();
  ledger = new AssetLedger(await createLedgerTable(emulator, 'inference-ledger'));
}, 90_000);
afterAll(() => emulator?.stop());

let assetId: string;
let assets = 0;
beforeEach(async () => {
  assets += 1;
  assetId = assets.toString(16).padStart(64, '0');
  await ledger.claimAsset({
    ...{ assetId, kind: 'video', desk: 'news', stem: 'incoming/news/a', fileName: 'a.mp4', mediaType: 'video/mp4' },
    ...{ bytes: 1, original: { bucket: 'originals', key: 'incoming/news/a.mp4' } },
  });
  await ledger.recordShotsPlan(assetId, 1, { frameCount: 9000, framesPerChunk: 4500 });
});

function surroundings({ send }: { send?: () => Promise<Sent> } = {}) {
  const derived = inMemoryBucket('derived');
  const sent: string[] = [];
  const ended: [string, string][] = [];
  const waiting = new Set(['one', 'two', 'three']);
  const end = async (token: string, how: string): Promise<boolean> => {
    ended.push([token, how]);
    return waiting.delete(token);
  };
  const dependencies = {
    ledger,
    derived: derived.bucket,
    inferenceSeconds: 600,
    endpoint: {
      send: async (request: { inferenceId: string }) => {
        sent.push(request.inferenceId);
        return send === undefined ? { outputKey: `out/${sent.length}`, failureKey: `failed/${sent.length}` } : send();
      },
    },
    tasks: {
      succeed: (token: string) => end(token, 'succeeded'),
      fail: (token: string, error: { name: string; message: string }) => end(token, `${error.name}: ${error.message}`),
    },
  };
  const ask = (taskToken: string, attempt = 1) =>
    inferChunk(
      {
        ...{ assetId, attempt, kind: 'video', desk: 'news', run, chunk: 1, taskToken, isCareful: false },
        original: { bucket: 'originals', key: 'incoming/news/a.mp4' },
      },
      dependencies,
    );
  const tell = (change: Partial<InferenceResult>, sending = sent.length) =>
    returnInference(
      {
        invocationStatus: 'Completed',
        inferenceId: inferenceId({ assetId, run, chunk: 1, sending }),
        requestParameters: { endpointName: 'shots' },
        responseParameters: { outputLocation: `s3://derived/out/${sending}` },
        ...change,
      },
      dependencies,
    );
  return { derived, sent, ended, ask, tell };
}
const failed = (failureReason: string): Partial<InferenceResult> => ({
  invocationStatus: 'Failed',
  failureReason,
  responseParameters: { failureLocation: 's3://derived/failed/1' },
});

describe('a chunk at the asynchronous endpoint', () => {
  it('bears an id that SageMaker takes, and is known by it again', () => {
    const name = { assetId: 'f'.repeat(64), run, chunk: 1600, sending: 3 };
    expect(inferenceId(name).length).toBeLessThanOrEqual(64);
    expect(parseInferenceId(inferenceId(name))).toEqual(name);
    expect(parseInferenceId('11111111-2222-3333-4444-555555555555')).toBeUndefined();
  });

  it('is sent once, and its answer ends the task and counts its frames', async () => {
    const { sent, ended, ask, tell } = surroundings();
    expect(await ask('one')).toBe('sent');
    expect(await tell({})).toBe('succeeded');
    expect(sent).toHaveLength(1);
    expect(ended).toEqual([['one', 'succeeded']]);
    expect((await ledger.getAsset(assetId))?.chunksDone).toEqual([1]);
  });

  it('is told of twice without harm, and counted once', async () => {
    const { ask, tell } = surroundings();
    await ask('one');
    await tell({});
    expect(await tell({})).toBe('late');
    expect((await ledger.getAsset(assetId))?.chunksDone).toEqual([1]);
  });

  it('is not sent again while it is under way; the answer goes to whoever waits now', async () => {
    const { sent, ended, ask, tell } = surroundings();
    await ask('one');
    expect(await ask('two')).toBe('under way');
    expect(sent).toHaveLength(1);
    await tell({});
    expect(ended).toEqual([['two', 'succeeded']]);
  });

  it('is found in the bucket where its notification was lost', async () => {
    const { derived, sent, ended, ask } = surroundings();
    await ask('one');
    derived.put('out/1', '{}');
    expect(await ask('two')).toBe('found');
    expect(sent).toHaveLength(1);
    expect(ended).toEqual([['two', 'succeeded']]);
    expect((await ledger.getAsset(assetId))?.chunksDone).toEqual([1]);
  });

  it('ends its task with what the container said, and is sent again by the next try', async () => {
    const { derived, sent, ended, ask, tell } = surroundings();
    await ask('one');
    derived.put('failed/1', '{"error": "a window has 12 bytes"}');
    expect(await tell(failed('Received client error (400) from primary.'))).toBe('failed');
    expect(ended[0]?.[1]).toMatch(/^EndpointRequestError: .*client error \(400\).*a window has 12 bytes/);
    expect(await ask('two')).toBe('sent');
    expect(sent).toHaveLength(2);
  });

  it('may fail for a reason that passes, which the workflow knows by its name', async () => {
    const { ended, ask, tell } = surroundings();
    await ask('one');
    await tell(failed('Received server error (503) from primary.'));
    expect(ended[0]?.[1]).toMatch(/^EndpointUnavailableError: /);
  });

  it('does not fail by word of an earlier sending', async () => {
    const { ended, ask, tell } = surroundings();
    await ask('one');
    await tell(failed('Received server error (500) from primary.'));
    await ask('two');
    expect(await tell(failed('Received server error (500) from primary.'), 1)).toBe('late');
    expect(ended).toHaveLength(1);
  });

  it('can be sent again where the endpoint took nothing in', async () => {
    const refused = async (): Promise<Sent> => {
      throw new RetryableError('EndpointThrottledError', 'busy');
    };
    const { sent, ask } = surroundings({ send: refused });
    await expect(ask('one')).rejects.toMatchObject({ name: 'EndpointThrottledError' });
    await expect(ask('two')).rejects.toMatchObject({ name: 'EndpointThrottledError' });
    expect(sent).toHaveLength(2);
  });

  it('is sent at once by the next try where the last one ended between its claim and the sending', async () => {
    const { sent, ask } = surroundings();
    const row = await ledger.awaitInference({ assetId, run, chunk: 1, attempt: 1, taskToken: 'one' });
    await ledger.claimSending(row, { owner: `${assetId}-1/shots/1`, leaseSeconds: 60 });
    expect(await ask('two')).toBe('sent');
    expect(sent).toHaveLength(1);
  });

  it('is not sent by another attempt while one may be sending it; the workflow tries again', async () => {
    const { sent, ask } = surroundings();
    const row = await ledger.awaitInference({ assetId, run, chunk: 1, attempt: 1, taskToken: 'one' });
    await ledger.claimSending(row, { owner: `${assetId}-1/shots/1`, leaseSeconds: 60 });
    await expect(ask('two', 2)).rejects.toMatchObject({ name: 'LedgerContentionError' });
    expect(sent).toHaveLength(0);
  });

  it('is sent again where its answer has expired in the bucket', async () => {
    const { sent, ask, tell } = surroundings();
    await ask('one');
    await tell({});
    expect(await ask('two')).toBe('sent');
    expect(sent).toHaveLength(2);
  });

  it('is answered by whichever sending ends first, and the other one comes late', async () => {
    const { ended, ask, tell } = surroundings();
    await ask('one');
    await tell(failed('Received server error (500) from primary.'));
    await ask('two');
    expect(await tell({}, 1)).toBe('succeeded');
    expect(ended.at(-1)).toEqual(['two', 'succeeded']);
    expect(await tell({}, 2)).toBe('late');
  });

  it('is fenced off from an attempt that was overtaken', async () => {
    const { ask } = surroundings();
    await ask('one', 2);
    await expect(ask('two', 1)).rejects.toMatchObject({ name: 'FencedError' });
  });
});
