import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import {
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { AssetLedger } from '../../lambdas/clients/asset-ledger.ts';
import { CaptionBudget } from '../../lambdas/clients/captions/caption-budget.ts';
import { CaptionRecords } from '../../lambdas/clients/captions/caption-records.ts';
import { PaidCaptions } from '../../lambdas/clients/captions/paid-captions.ts';
import { VectorIndex } from '../../lambdas/clients/vector-index.ts';
import { sweepSuspects, sweepWholeIndex } from '../../lambdas/index/sweep-doubles.ts';
import { ApiCaller } from '../../local/supervisor/api-caller.ts';
import { type LedgerView, readLedger } from '../../local/supervisor/ledger-view.ts';
import type { OwnSystem } from '../../local/supervisor/own-system.ts';
import type { IndexedCopy } from './endings.ts';
import { type Arrival, send } from './material.ts';

const pollMilliseconds = 1_000;
/** Polls in a row that must find everything at rest: a late sidecar starts another attempt. */
const quietPolls = 6;
/** The sweeper leaves documents alone that are younger than a Lambda may live. */
const sweepAheadMilliseconds = 20 * 60 * 1000;

/** Waiting captions are counted no further. */
const maxCounted = 1000;
/** SQS takes ten. */
const messagesPerBatch = 10;
const visibleMilliseconds = 3_000;
/** A caption that had to wait is due after minutes; the timer that looks for those that are comes round more seldom. */
const lateLookMilliseconds = 20_000;

export interface Sent {
  key: string;
  versionId: string | undefined;
  at: number;
}

/** An archive of its own, as seen from outside: files go in, and what becomes of them is read back. */
export class ArchiveRun {
  readonly api: ApiCaller;
  private readonly lambda = new LambdaClient({});
  private lateFunction: string | undefined;
  private readonly s3 = new S3Client({ forcePathStyle: true });
  private readonly sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
  private readonly dynamo = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  private readonly captions: CaptionRecords;
  private readonly index: VectorIndex;
  private readonly outputs: Record<string, string>;

  constructor({ outputs, addresses }: OwnSystem) {
    this.outputs = outputs;
    this.api = new ApiCaller(this.output('ApiUrl'), this.output('UserPoolClientId'));
    this.captions = new CaptionRecords({ client: this.dynamo, tableName: this.output('LedgerTableName') });
    this.index = new VectorIndex({ endpoint: addresses.vectorIndex, indexName: this.output('IndexName') });
  }

  private output(name: string): string {
    const value = this.outputs[name];
    if (value === undefined) throw new Error(`the stacks have no output ${name}`);
    return value;
  }

  ledger(): Promise<LedgerView> {
    return readLedger(this.dynamo, this.output('LedgerTableName'));
  }

  async send(arrival: Arrival): Promise<Sent> {
    const versionId = await send(this.s3, this.output('OriginalsBucketName'), arrival);
    return { key: arrival.key, versionId, at: Date.now() };
  }

  /** Puts an arrival's event into the queue once more, as S3 and EventBridge may. */
  async repeatEvent(sent: Sent): Promise<void> {
    await this.sqs.send(
      new SendMessageCommand({ QueueUrl: this.output('AdmitQueueUrl'), MessageBody: this.eventOf(sent) }),
    );
  }

  /** Gives objects below the backfill's prefix to its queue, all at once. */
  async feedBackfill(sent: readonly Sent[]): Promise<void> {
    for (let start = 0; start < sent.length; start += messagesPerBatch) {
      const Entries = sent
        .slice(start, start + messagesPerBatch)
        .map((one, at) => ({ Id: String(at), MessageBody: this.eventOf(one) }));
      const { Failed = [] } = await this.sqs.send(
        new SendMessageBatchCommand({ QueueUrl: this.output('BackfillQueueUrl'), Entries }),
      );
      if (Failed.length > 0) throw new Error(`the queue did not take ${Failed.length} events: ${Failed[0]?.Message}`);
    }
  }

  private eventOf({ key, versionId, at }: Sent): string {
    return JSON.stringify({
      id: randomUUID(),
      time: new Date(at).toISOString(),
      source: 'aws.s3',
      'detail-type': 'Object Created',
      detail: { bucket: { name: this.output('OriginalsBucketName') }, object: { key, 'version-id': versionId } },
    });
  }

  /** How soon a message comes back whose worker died: in production six of the function's timeouts. */
  async setVisibility(seconds: number): Promise<void> {
    await this.sqs.send(
      new SetQueueAttributesCommand({
        QueueUrl: this.output('AdmitQueueUrl'),
        Attributes: { VisibilityTimeout: String(seconds) },
      }),
    );
  }

  /** Assets that are on their way. */
  async countProcessing(): Promise<number> {
    return (await AssetLedger.open(this.output('LedgerTableName')).listUnsettled({ status: 'processing' })).length;
  }

  /** Messages that wait or are worked on. */
  async depthOf(queueOutput: string): Promise<number> {
    const { Attributes = {} } = await this.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.output(queueOutput),
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
  }

  /** Waits until every file has been recorded, no event or caption waits and nothing is processing, or the limit is over. */
  async settle(
    sent: readonly Sent[],
    {
      limitSeconds,
      watch = () => undefined,
    }: {
      limitSeconds: number;
      watch?: (view: LedgerView, depth: number) => Promise<void> | undefined;
    },
  ): Promise<LedgerView> {
    const deadline = Date.now() + limitSeconds * 1000;
    let quiet = 0;
    let lateLookAt = 0;
    for (;;) {
      const [view, depth, waitingCaptions] = await Promise.all([
        this.ledger(),
        this.depthOf('AdmitQueueUrl'),
        this.captions.countWaiting(maxCounted),
      ]);
      await watch(view, depth);
      const recorded = new Set(view.uploads.map(({ object }) => object.key));
      const isIdle =
        depth === 0 &&
        sent.every(({ key }) => recorded.has(key)) &&
        view.assets.every(({ status }) => status !== 'processing');
      quiet = isIdle && waitingCaptions === 0 ? quiet + 1 : 0;
      if (isIdle && waitingCaptions > 0 && Date.now() >= lateLookAt) {
        await this.lookForLateCaptions();
        lateLookAt = Date.now() + lateLookMilliseconds;
      }
      if (quiet >= quietPolls || Date.now() > deadline) return view;
      await delay(pollMilliseconds);
    }
  }

  /** What a timer does every few minutes: begins new attempts of assets whose captions are due by now. */
  private async lookForLateCaptions(): Promise<void> {
    this.lateFunction ??= await this.findFunction('CaptionLate');
    const { FunctionError } = await this.lambda.send(new InvokeCommand({ FunctionName: this.lateFunction }));
    if (FunctionError !== undefined) console.log(`the look for late captions failed: ${FunctionError}`);
  }

  private async findFunction(part: string): Promise<string> {
    for await (const { Functions = [] } of paginateListFunctions({ client: this.lambda }, {}))
      for (const { FunctionName = '' } of Functions) if (FunctionName.includes(part)) return FunctionName;
    throw new Error(`no function is named ${part}`);
  }

  /** Ends the reservations of callers that were killed, as the timer does once their time is over. */
  async settleAccounts(view: LedgerView, days: readonly string[]): Promise<void> {
    const budget = new CaptionBudget({ client: this.dynamo, tableName: this.output('LedgerTableName') });
    const paid = new PaidCaptions({ client: this.dynamo, tableName: this.output('LedgerTableName') });
    const later = new Date(Date.now() + sweepAheadMilliseconds);
    for (const desk of new Set(view.assets.map((asset) => asset.desk)))
      for (const day of new Set(days)) await budget.sweep(desk, day, (key) => paid.recall(key), later);
  }

  /** Lets the sweeper pass once its grace is over. @returns how many documents each of its ways took away. */
  async sweep(): Promise<{ bySuspicion: number; byWalk: number }> {
    const clients = { ledger: AssetLedger.open(this.output('LedgerTableName')), index: this.index };
    const time = { now: () => new Date(Date.now() + sweepAheadMilliseconds), hasTime: () => true };
    const suspects = await sweepSuspects(clients, { ...time, startAt: 0 });
    await this.untilVisible();
    const walk = await sweepWholeIndex(clients, { ...time, startAfter: '' });
    await this.untilVisible();
    return { bySuspicion: suspects.deleted, byWalk: walk.deleted };
  }

  /** Until searches show what was written and deleted last: the facade keeps it back for a second. */
  private async untilVisible(): Promise<void> {
    await delay(visibleMilliseconds);
  }

  /** Everything that the index shows, doubles included. */
  async copies(): Promise<IndexedCopy[]> {
    const copies: IndexedCopy[] = [];
    for await (const page of this.index.documentsInOrder())
      for (const { indexId, document } of page)
        copies.push({ indexId, documentId: document.documentId, assetId: document.assetId, text: document.text });
    return copies;
  }

  /** What the ledger says was spent on captions on these days, by all desks that uploaded. */
  async spent(view: LedgerView, days: readonly string[]): Promise<{ calls: number; microDollars: number }> {
    const budget = new CaptionBudget({ client: this.dynamo, tableName: this.output('LedgerTableName') });
    const desks = [...new Set(view.assets.map(({ desk }) => desk))];
    const spends = await Promise.all(desks.flatMap((desk) => [...new Set(days)].map((day) => budget.read(desk, day))));
    return {
      calls: spends.reduce((sum, { calls }) => sum + calls, 0),
      microDollars: spends.reduce((sum, { spentMicroDollars }) => sum + spentMicroDollars, 0),
    };
  }

  /** The `_id`s that the ledger owns. */
  async ownedIndexIds(view: LedgerView): Promise<Set<string>> {
    const ledger = AssetLedger.open(this.output('LedgerTableName'));
    const owned = new Set<string>();
    for (const { assetId } of view.assets)
      for (const { indexId } of await ledger.listDocuments(assetId)) if (indexId) owned.add(indexId);
    return owned;
  }
}
