import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import { EventBus } from '../../lambdas/clients/event-bus.ts';
import { Releases } from '../../lambdas/clients/releases.ts';
import type { Hold } from '../../lambdas/contracts/release.ts';
import {
  type AssetReleased,
  archiveEventSource,
  assetReleasedSchema,
  assetReleasedType,
} from '../../lambdas/contracts/release-event.ts';
import { type ReleaseClients, releaseEmbargoed } from '../../lambdas/operate/release-embargoed.ts';
import { type CloudEmulator, createLedgerTable, startCloudEmulator } from './cloud-emulator.ts';

/** The timer's work on a real table, with a queue of somebody who listens to the real bus. */
let emulator: CloudEmulator;
let ledger: AssetLedger;
let releases: Releases;
let bus: EventBus;
let sqs: SQSClient;
let queueUrl: string;

beforeAll(async () => {
  emulator = await startCloudEmulator();
  const table = await createLedgerTable(emulator, 'releases-ledger');
  ledger = new AssetLedger(table);
  releases = new Releases(table);
  const events = new EventBridgeClient(emulator.client);
  bus = new EventBus({ client: events, source: archiveEventSource });
  sqs = new SQSClient({ ...emulator.client, useQueueUrlAsEndpoint: false });
  queueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: 'released' }))).QueueUrl ?? '';
  const EventPattern = JSON.stringify({ source: [archiveEventSource], 'detail-type': [assetReleasedType] });
  await events.send(new PutRuleCommand({ Name: 'released', EventPattern }));
  const Arn = 'arn:aws:sqs:us-east-1:000000000000:released';
  await events.send(new PutTargetsCommand({ Rule: 'released', Targets: [{ Id: 'queue', Arn }] }));
}, 90_000);
afterAll(async () => {
  await emulator?.stop();
});

const inMinutes = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);
const until = (moment: Date): Hold => ({ withheld: false, embargoUntil: moment.toISOString() });

/** An asset whose next attempt has come to its end, as describe and index leave it. */
async function index(assetId: string, attempt: number, hold: Hold): Promise<void> {
  await ledger.recordStep(assetId, attempt, 'describe', { status: 'done' }, { hold });
  await ledger.completeAsset(assetId, attempt, { documentCount: 1, title: 'Secret' });
  const asset = await ledger.getAsset(assetId);
  if (asset !== undefined) await releases.expect(asset, new Date());
}
async function indexed(hold: Hold): Promise<string> {
  const assetId = createHash('sha256').update(randomUUID()).digest('hex');
  const key = `incoming/sport/${assetId}.jpg`;
  await ledger.claimAsset({
    ...{ assetId, kind: 'photo', desk: 'sport', original: { bucket: 'originals', key }, stem: key.slice(0, -4) },
    ...{ fileName: 'secret.jpg', mediaType: 'image/jpeg', bytes: 1 },
  });
  await index(assetId, 1, hold);
  return assetId;
}
async function indexAgain(assetId: string, hold: Hold): Promise<void> {
  const expectedAttempt = (await ledger.getAsset(assetId))?.attempt ?? 0;
  await ledger.beginAttempt(assetId, { reason: 'sidecar', expectedAttempt });
  await index(assetId, expectedAttempt + 1, hold);
}

const look = (at: Date, change: Partial<ReleaseClients> = {}) =>
  releaseEmbargoed({ releases, ledger, bus, now: () => at, hasTime: () => true, owner: randomUUID(), ...change });

/** What the listener was told since it was last asked. */
async function told(): Promise<AssetReleased[]> {
  const heard: AssetReleased[] = [];
  for (let empty = 0; empty < 3; ) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
    );
    if (Messages.length === 0) await delay(100);
    empty = Messages.length === 0 ? empty + 1 : 0;
    for (const { Body = '', ReceiptHandle } of Messages) {
      heard.push(assetReleasedSchema.parse((JSON.parse(Body) as { detail: unknown }).detail));
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
    }
  }
  return heard;
}

describe('the release of an embargo', () => {
  it('is told at its moment, once, by ten runs at the same time', async () => {
    const moment = inMinutes(30);
    const assetId = await indexed(until(moment));
    expect((await look(inMinutes(29))).released).toEqual([]);
    expect(await told()).toEqual([]);
    await Promise.all(Array.from({ length: 10 }, () => look(inMinutes(31))));
    await look(inMinutes(32));
    expect(await told()).toEqual([
      {
        eventId: `${assetId}/embargo until ${moment.toISOString()}`,
        assetId,
        kind: 'photo',
        desk: 'sport',
        cause: 'embargo ended',
        dueAt: moment.toISOString(),
      },
    ]);
  });

  it('is caught up where no run looked for days, more of them than one page lists', async () => {
    const assetIds = await Promise.all(
      Array.from({ length: 130 }, (_, at) => indexed(until(inMinutes(10 + at / 100)))),
    );
    const { released, problems } = await look(inMinutes(3 * 24 * 60));
    expect([released.toSorted(), problems]).toEqual([assetIds.toSorted(), []]);
    expect((await told()).map(({ assetId }) => assetId).toSorted()).toEqual(assetIds.toSorted());
    expect((await look(inMinutes(3 * 24 * 60 + 1))).released).toEqual([]);
  });

  it('is told again under the same id only where its run died between the event and its confirmation', async () => {
    const assetId = await indexed(until(inMinutes(5)));
    const dying = {
      ...bus,
      put: async (event: Parameters<EventBus['put']>[0]) => {
        await bus.put(event);
        throw new Error('the worker died');
      },
    };
    expect((await look(inMinutes(6), { bus: dying })).problems).toEqual([expect.stringContaining('the worker died')]);
    // Within the lease nobody tells it, after it one does.
    await delay(10);
    expect((await look(inMinutes(6))).released).toEqual([]);
    const first = await told();
    expect(first.map((event) => event.assetId)).toEqual([assetId]);
    await delay(33_000);
    expect((await look(inMinutes(7))).released).toEqual([assetId]);
    expect(await told()).toEqual(first);
  }, 60_000);

  it('says for how long it could not be told, and is told once the bus takes it', async () => {
    const assetId = await indexed(until(inMinutes(5)));
    const owner = 'the same run, retried';
    const silent = { put: async () => Promise.reject(new Error('no bus')) };
    const report = await look(inMinutes(25), { bus: silent, owner });
    expect(report.released).toEqual([]);
    expect(report.overdueSeconds).toBeGreaterThan(19 * 60);
    expect((await look(inMinutes(26), { owner })).released).toEqual([assetId]);
    expect(await told()).toHaveLength(1);
  });

  it('moves with a sidecar that changes it, and comes at once with one that lifts it', async () => {
    const moved = await indexed(until(inMinutes(10)));
    await indexAgain(moved, until(inMinutes(40)));
    const lifted = await indexed(until(inMinutes(60)));
    await indexAgain(lifted, { withheld: false });
    const withheld = await indexed({ withheld: true });
    expect((await look(inMinutes(1))).released).toEqual([lifted]);
    expect((await look(inMinutes(20))).released).toEqual([]);
    expect((await look(inMinutes(41))).released).toEqual([moved]);
    expect((await look(inMinutes(100))).released).toEqual([]);
    await indexAgain(withheld, { withheld: false });
    expect((await look(inMinutes(101))).released).toEqual([withheld]);
    expect((await told()).map(({ assetId, cause }) => [assetId, cause])).toEqual([
      [lifted, 'embargo lifted'],
      [moved, 'embargo ended'],
      [withheld, 'no longer withheld'],
    ]);
  });

  it('waits for an embargo that has just been read and is not in the index yet', async () => {
    const assetId = await indexed(until(inMinutes(10)));
    await ledger.beginAttempt(assetId, { reason: 'sidecar', expectedAttempt: 1 });
    await ledger.recordStep(assetId, 2, 'describe', { status: 'done' }, { hold: until(inMinutes(50)) });
    expect(await look(inMinutes(20))).toMatchObject({ released: [], postponed: 1 });
    await index(assetId, 2, until(inMinutes(50)));
    expect((await look(inMinutes(49))).released).toEqual([]);
    expect((await look(inMinutes(51))).released).toEqual([assetId]);
    expect(await told()).toHaveLength(1);
  });

  it('of what was withdrawn meanwhile is told to nobody', async () => {
    const assetId = await indexed(until(inMinutes(10)));
    await ledger.settleAsset(assetId, 1, { status: 'withdrawn', reason: 'Killed.' });
    expect(await look(inMinutes(11))).toMatchObject({ released: [], forgotten: 1 });
    expect(await told()).toEqual([]);
    expect(await releases.get(assetId)).toBeUndefined();
  });
});
