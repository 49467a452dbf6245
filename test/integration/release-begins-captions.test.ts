import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CaptionRecords } from '../../lambdas/clients/captions/caption-records.ts';
import { Releases } from '../../lambdas/clients/releases.ts';
import { environmentNames } from '../../lambdas/contracts/environment.ts';
import { executionName } from '../../lambdas/contracts/keys.ts';
import { captionSettings } from '../lambdas/support/caption-settings.ts';
import { lateCaptionsStack } from '../support/late-captions-stack.ts';
import { DeployedAdmission } from './deployed-admission.ts';

/** Longer than a rule and a cold function take on a busy machine, shorter than any timer of the function's. */
const limitMilliseconds = 60_000;
const embargoMilliseconds = 3_000;

let archive: DeployedAdmission;
let lambda: LambdaClient;
let records: CaptionRecords;
let releases: Releases;

/** Both functions run as Lambdas; between them stands the rule as the stack has it, and nothing else calls the second. */
beforeAll(async () => {
  archive = await DeployedAdmission.start();
  lambda = new LambdaClient(archive.emulator.client);
  records = new CaptionRecords(archive.table);
  releases = new Releases(archive.table);
  await archive.deployFunction('release', 'operate/release-embargoed.lambda.ts', {});
  await archive.deployFunction('caption-late', 'operate/caption-late.lambda.ts', {
    [environmentNames.captions]: JSON.stringify(captionSettings()),
  });
  const [rule, ...others] = Object.values(lateCaptionsStack().template.findResources('AWS::Events::Rule'));
  expect(others).toEqual([]);
  const events = new EventBridgeClient(archive.emulator.client);
  const EventPattern = JSON.stringify(rule?.['Properties'].EventPattern);
  await events.send(new PutRuleCommand({ Name: 'released', EventPattern }));
  const Arn = 'arn:aws:lambda:us-east-1:000000000000:function:caption-late';
  await events.send(new PutTargetsCommand({ Rule: 'released', Targets: [{ Id: 'late', Arn }] }));
}, 120_000);
afterAll(async () => {
  await archive?.stop();
});

/** A photo under embargo, as its first attempt leaves it: findable by its desk, and no picture of it was sent. */
async function embargoed(until: Date): Promise<string> {
  const assetId = createHash('sha256').update(randomUUID()).digest('hex');
  const key = `incoming/sport/${assetId}.jpg`;
  const { ledger } = archive;
  await ledger.claimAsset({
    ...{ assetId, kind: 'photo', desk: 'sport', original: { bucket: 'originals', key }, stem: key.slice(0, -4) },
    ...{ fileName: 'secret.jpg', mediaType: 'image/jpeg', bytes: 1 },
  });
  const embargoUntil = until.toISOString();
  await ledger.recordStep(assetId, 1, 'describe', { status: 'done' }, { hold: { withheld: false, embargoUntil } });
  await ledger.completeAsset(assetId, 1, { documentCount: 1, title: 'Secret' });
  const asset = await ledger.getAsset(assetId);
  if (asset === undefined) throw new Error('the asset was claimed just now');
  await releases.expect(asset, new Date());
  await records.putWaiting({
    ...{ assetId, desk: 'sport', reason: 'embargo', pictures: 1 },
    ...{ since: new Date().toISOString(), dueAt: embargoUntil, tries: 0 },
  });
  return assetId;
}

/** As the timer does every minute. */
async function lookForReleases(): Promise<void> {
  const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'release' }));
  expect(FunctionError, Buffer.from(Payload ?? []).toString()).toBeUndefined();
}

it('an embargo that has ended begins the captions that it held back, through the rule alone, and once', async () => {
  const until = new Date(Date.now() + embargoMilliseconds);
  const assetId = await embargoed(until);
  await lookForReleases();
  expect(await archive.started()).toEqual([]);
  await delay(until.getTime() - Date.now() + 100);
  await lookForReleases();
  await lookForReleases();
  const deadline = Date.now() + limitMilliseconds;
  while ((await archive.started()).length === 0 && Date.now() < deadline) await delay(200);
  expect(await archive.started()).toEqual([executionName(assetId, 2)]);
  expect(await archive.ledger.getAsset(assetId)).toMatchObject({ status: 'processing', attempt: 2 });
});
