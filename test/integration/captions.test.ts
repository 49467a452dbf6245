import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { EffectTable } from '../../lambdas/clients/asset-ledger/effect-table.ts';
import type { LedgerTable } from '../../lambdas/clients/asset-ledger/table.ts';
import { committedOf, reservedOf, unaccountedOf } from '../../lambdas/clients/captions/budget.ts';
import { CaptionBudget } from '../../lambdas/clients/captions/caption-budget.ts';
import { captionKey } from '../../lambdas/clients/captions/caption-key.ts';
import { CaptionRecords } from '../../lambdas/clients/captions/caption-records.ts';
import {
  type CaptionedPicture,
  Captioner,
  type Captioning,
  type SentPicture,
  type SpendWatch,
  type Yielded,
} from '../../lambdas/clients/captions/captioner.ts';
import { costOf, upperBound } from '../../lambdas/clients/captions/cost.ts';
import { PaidCaptions } from '../../lambdas/clients/captions/paid-captions.ts';
import { openCaptionProvider } from '../../lambdas/clients/captions/provider.ts';
import type { CaptionProvider } from '../../lambdas/clients/captions/provider-answer.ts';
import { ProviderGate } from '../../lambdas/clients/captions/provider-gate.ts';
import { budgetDay, type CaptionSettings, captionKeys } from '../../lambdas/contracts/captions.ts';
import type { Usage } from '../../local/captions/billing.ts';
import { captionSettings } from '../lambdas/support/caption-settings.ts';
import { type CaptionService, startCaptionService } from './caption-service.ts';
import { type CloudEmulator, createLedgerTable, startCloudEmulator } from './cloud-emulator.ts';

/** Captions against the real table and a service that counts what it charges. */
let emulator: CloudEmulator;
let captions: CaptionService;
let table: LedgerTable;
let address: string;
let run = 0;
/** Noon, so that no test runs into another day's budget. */
const noon = Date.parse('2026-05-01T12:00:00Z');
const begun = Date.now();
const clockNow = (later = 0): Date => new Date(noon + Date.now() - begun + later);

beforeAll(async () => {
  emulator = await startCloudEmulator();
  table = await createLedgerTable(emulator, 'captions-ledger');
  captions = await startCaptionService();
  address = captions.address;
}, 90_000);
afterAll(async () => {
  captions?.stop();
  await emulator?.stop();
});
beforeEach(async () => {
  run += 1;
  await fetch(`${address}/usage`, { method: 'DELETE' });
  await behave({});
});

const behave = (manner: Record<string, unknown>) =>
  fetch(`${address}/manner`, { method: 'PUT', body: JSON.stringify(manner) });
const usage = async () => (await (await fetch(`${address}/usage`)).json()) as Usage;

/** A model of its own for each test, so that quotas, breakers and captions of another one do not reach into it. */
const settingsOf = (changes: Parameters<typeof captionSettings>[0] = {}): CaptionSettings =>
  captionSettings({
    ...changes,
    provider: { baseUrl: `${address}/v1`, model: `model-${run}`, timeoutSeconds: 5, ...changes.provider },
  });
const desk = (): string => `desk-${run}`;

async function pictureOf(settings: CaptionSettings, seed: number): Promise<CaptionedPicture & { sent: SentPicture }> {
  const size = { width: 96, height: 64 };
  const background = { r: (seed * 53) % 256, g: (seed * 97) % 256, b: (seed * 11) % 256 };
  const sent = {
    jpeg: await sharp({ create: { ...size, channels: 3, background } })
      .jpeg()
      .toBuffer(),
    ...size,
  };
  return { key: captionKey(`picture-${seed}`, settings), read: async () => sent, sent };
}

interface Worker {
  captioner: Captioner;
  at: { now(): Date };
}
function worker(
  settings: CaptionSettings,
  options: { provider?: CaptionProvider; later?: number; watch?: SpendWatch } = {},
): Worker {
  const now = () => clockNow(options.later);
  const provider = options.provider ?? openCaptionProvider(settings.provider, { apiKey: async () => undefined });
  const clock = { now, wait: (milliseconds: number) => delay(milliseconds) };
  const { watch = () => {} } = options;
  return { captioner: new Captioner({ table, settings, provider, clock, watch }), at: { now } };
}
const ask = (
  { captioner, at }: Worker,
  picture: CaptionedPicture,
  owner: string,
  seconds = 30,
): Promise<Captioning | Yielded> =>
  captioner.caption(picture, { desk: desk(), owner, deadline: new Date(at.now().getTime() + seconds * 1000) });
const spend = () => new CaptionBudget(table).read(desk(), budgetDay(clockNow()));
/** What the provider's own count comes to at the environment's prices, call by call. */
const billedBy = (settings: CaptionSettings, { pictures }: Usage): number =>
  Object.values(pictures).reduce(
    (sum, { billed, promptTokens, completionTokens }) =>
      sum +
      billed *
        costOf(settings, { inputTokens: promptTokens / (billed || 1), outputTokens: completionTokens / (billed || 1) }),
    0,
  );

it('20 workers who want the caption of one picture at the same moment pay for it once', async () => {
  const settings = settingsOf();
  const picture = await pictureOf(settings, 1);
  await behave({ delayMilliseconds: 300 });
  const captionings = await Promise.all(
    Array.from({ length: 20 }, (_, each) => ask(worker(settings), picture, `asset-${each}`)),
  );
  expect(captionings.filter((one) => one.state === 'answered' && one.isPaidNow)).toHaveLength(1);
  expect(new Set(captionings.map((one) => (one.state === 'answered' ? one.answer.text : one.state))).size).toBe(1);
  const counted = await usage();
  expect([counted.calls, counted.billed]).toEqual([1, 1]);
  expect(await spend()).toMatchObject({
    calls: 1,
    spentMicroDollars: billedBy(settings, counted),
    inputTokens: counted.promptTokens,
    reservations: {},
    unaccounted: {},
  });
});

it('20 workers with a picture each pay for each once, and the ledger equals the provider’s own count', async () => {
  const settings = settingsOf();
  const pictures = await Promise.all(Array.from({ length: 20 }, (_, seed) => pictureOf(settings, 100 + seed)));
  const captionings = await Promise.all(
    pictures.map((picture, each) => ask(worker(settings), picture, `asset-${each}`)),
  );
  expect(captionings.map(({ state }) => state)).toEqual(Array(20).fill('answered'));
  const counted = await usage();
  expect([counted.calls, counted.billed]).toEqual([20, 20]);
  const spent = await spend();
  expect([spent.calls, spent.spentMicroDollars]).toEqual([20, billedBy(settings, counted)]);
});

it('a race for the last money is won by as many as it pays for, and the others wait', async () => {
  const settings = settingsOf();
  const first = await pictureOf(settings, 200);
  const perCall = upperBound(settings, first.sent).microDollars;
  const limit = 5 * perCall + perCall - 1;
  const poor = settingsOf({ budget: { desks: { [desk()]: limit } } });
  const pictures = await Promise.all(Array.from({ length: 20 }, (_, seed) => pictureOf(poor, 200 + seed)));
  await behave({ delayMilliseconds: 500 });
  const captionings = await Promise.all(pictures.map((picture, each) => ask(worker(poor), picture, `asset-${each}`)));
  const reasons = captionings.map((one) => (one.state === 'waiting' ? one.reason : one.state));
  expect(new Set(reasons)).toEqual(new Set(['answered', 'budget']));
  const answered = reasons.filter((reason) => reason === 'answered').length;
  // Bills are smaller than their reservations, so that a late one may find money again.
  expect(answered).toBeGreaterThanOrEqual(5);
  expect((await usage()).billed).toBe(answered);
  expect(committedOf(await spend())).toBeLessThanOrEqual(limit);
});

it('the alarm is told as a desk’s money goes, before there is none and when there is none', async () => {
  const { sent } = await pictureOf(settingsOf(), 250);
  const perCall = upperBound(settingsOf(), sent).microDollars;
  const settings = settingsOf({ budget: { desks: { [desk()]: 12 * perCall } } });
  const used: number[] = [];
  const one = worker(settings, { watch: (of, percent) => of === desk() && used.push(percent) });
  const states: string[] = [];
  for (let seed = 0; seed < 200 && states.at(-1) !== 'waiting'; seed++)
    states.push((await ask(one, await pictureOf(settings, 1000 + seed), `asset-${seed}`)).state);
  const answered = states.length - 1;
  expect(states).toEqual([...Array(answered).fill('answered'), 'waiting']);
  expect(used).toHaveLength(states.length);
  expect(used.toSorted((a, b) => a - b)).toEqual(used);
  expect(used.slice(0, -1).filter((percent) => percent > settings.budget.alarmAtPercent)).not.toEqual([]);
  expect([used.at(0), used.at(-1)]).toEqual([expect.closeTo(100 / 12, 6), 100]);
});

it('a picture that waits for money is captioned once there is some, by whoever comes', async () => {
  const settings = settingsOf({ budget: { desks: { [desk()]: 1 } } });
  const picture = await pictureOf(settings, 300);
  expect(await ask(worker(settings), picture, 'asset')).toEqual({ state: 'waiting', reason: 'budget' });
  expect(await ask(worker(settingsOf()), picture, 'another')).toMatchObject({ state: 'answered', isPaidNow: true });
});

/** A provider that the worker dies with: before it is asked, or after it has answered. */
const dyingWith = (settings: CaptionSettings, when: 'before' | 'after'): CaptionProvider => ({
  ask: async (jpeg, callId) => {
    if (when === 'after')
      await openCaptionProvider(settings.provider, { apiKey: async () => undefined }).ask(jpeg, callId);
    throw new Error('the worker died');
  },
});

it('a worker that died before it asked is followed by one that pays, once its lease is over', async () => {
  const settings = settingsOf();
  const picture = await pictureOf(settings, 400);
  const dying = worker(settings, { provider: dyingWith(settings, 'before') });
  await expect(ask(dying, picture, 'asset')).rejects.toThrow('died');
  expect(await ask(worker(settings), picture, 'another', 7)).toMatchObject({ state: 'waiting', reason: 'busy' });
  // Its own retry need not wait.
  expect(await ask(worker(settings), picture, 'asset')).toMatchObject({ state: 'answered' });
  expect((await usage()).billed).toBe(1);
  expect(unaccountedOf(await spend()) + reservedOf(await spend())).toBe(
    upperBound(settings, picture.sent).microDollars,
  );
});

it('a worker that died with the answer in its hands is billed once where the provider knows calls by their names', async () => {
  await behave({ honoursIdempotencyKeys: true });
  const settings = settingsOf({ provider: { honoursIdempotencyKey: true } });
  const picture = await pictureOf(settings, 500);
  await expect(ask(worker(settings, { provider: dyingWith(settings, 'after') }), picture, 'asset')).rejects.toThrow(
    'died',
  );
  const hourLater = worker(settings, { later: 3_600_000 });
  expect(await ask(hourLater, picture, 'another')).toMatchObject({ state: 'answered', isPaidNow: true });
  const counted = await usage();
  expect([counted.calls, counted.billed]).toEqual([2, 1]);
  expect(await spend()).toMatchObject({
    calls: 1,
    spentMicroDollars: billedBy(settings, counted),
    reservations: {},
    unaccounted: {},
  });
});

it('a worker that died so at any other provider is billed twice, and the ledger holds money for both', async () => {
  const settings = settingsOf();
  const picture = await pictureOf(settings, 600);
  await expect(ask(worker(settings, { provider: dyingWith(settings, 'after') }), picture, 'asset')).rejects.toThrow(
    'died',
  );
  expect(await ask(worker(settings), picture, 'asset')).toMatchObject({ state: 'answered' });
  const counted = await usage();
  expect(counted.billed).toBe(2);
  expect(committedOf(await spend())).toBeGreaterThanOrEqual(billedBy(settings, counted));
});

it('a worker whose lease ran out while it asked cannot overwrite its successor, and its bill is counted all the same', async () => {
  const settings = settingsOf();
  const picture = await pictureOf(settings, 650);
  const answering = Promise.withResolvers<void>();
  const slow: CaptionProvider = {
    ask: async (...call) => {
      const answer = await openCaptionProvider(settings.provider, { apiKey: async () => undefined }).ask(...call);
      await answering.promise;
      return { ...answer, text: 'the slow one’s words' };
    },
  };
  const first = ask(worker(settings, { provider: slow }), picture, 'asset');
  await expect.poll(async () => (await usage()).billed).toBe(1);
  const second = await ask(worker(settings, { later: 600_000 }), picture, 'another');
  answering.resolve();
  expect(second).toMatchObject({ state: 'answered', isPaidNow: true });
  expect(await first).toEqual({ state: 'waiting', reason: 'busy' });
  expect(await new PaidCaptions(table).recall(picture.key)).toEqual(second.state === 'answered' && second.answer);
  const counted = await usage();
  expect([counted.billed, (await spend()).calls]).toEqual([2, 2]);
  expect((await spend()).spentMicroDollars).toBe(billedBy(settings, counted));
});

it('a worker that died between the confirmation and the settlement is settled for by the sweep, exactly', async () => {
  const settings = settingsOf();
  const picture = await pictureOf(settings, 700);
  const effects = new EffectTable(table);
  await ask(worker(settings), picture, 'asset');
  const paid = await new PaidCaptions(table).recall(picture.key);
  if (paid?.state !== 'answered') throw new Error('nothing was paid');
  const exact = await spend();
  // As it was before the settlement.
  const budget = new CaptionBudget(table);
  const { desk: name, day, id } = paid.reservation;
  const unsettled = { desk: `${name}-crashed`, day, id };
  const row = await effects.read(captionKeys.caption(picture.key));
  if (row === undefined) throw new Error('no claim');
  await effects.swap(captionKeys.caption(picture.key), row, { ...row, result: { ...paid, reservation: unsettled } });
  const expiresAt = clockNow(60_000).toISOString();
  await budget.reserve(unsettled, { microDollars: 5000, expiresAt, limit: 10_000 });
  const evidence = (key: string) => new PaidCaptions(table).recall(key);
  expect(await budget.sweep(unsettled.desk, day, evidence, clockNow())).toEqual({ settled: 0, unaccounted: 0 });
  const later = clockNow(120_000);
  expect(await budget.sweep(unsettled.desk, day, evidence, later)).toEqual({ settled: 1, unaccounted: 0 });
  expect(await budget.sweep(unsettled.desk, day, evidence, later)).toEqual({ settled: 0, unaccounted: 0 });
  expect(await budget.read(unsettled.desk, day)).toEqual({ ...exact, limitMicroDollars: 10_000 });
});

it('throttling is waited out by all workers, as long as the provider says', async () => {
  const settings = settingsOf();
  await behave({ next: [{ kind: 'throttle', retryAfterSeconds: 1 }] });
  const asked = Date.now();
  expect(await ask(worker(settings), await pictureOf(settings, 800), 'asset')).toMatchObject({ state: 'answered' });
  expect(await ask(worker(settings), await pictureOf(settings, 801), 'other')).toMatchObject({ state: 'answered' });
  expect(Date.now() - asked).toBeGreaterThanOrEqual(1000);
  const counted = await usage();
  expect([counted.billed, counted.withheld['429']]).toEqual([2, 1]);
});

it('a refusal is final: it is neither tried again nor asked again, and costs nothing', async () => {
  const settings = settingsOf();
  await behave({ always: { kind: 'policy' } });
  const picture = await pictureOf(settings, 900);
  expect(await ask(worker(settings), picture, 'asset')).toMatchObject({ state: 'refused' });
  expect(await ask(worker(settings), picture, 'other')).toMatchObject({ state: 'refused' });
  expect((await usage()).calls).toBe(1);
  expect(committedOf(await spend())).toBe(0);
});

it('a dead provider is soon asked no more by anybody, and one probe finds out that it is back', async () => {
  const settings = settingsOf();
  await behave({ always: { kind: 'fail', status: 500 } });
  const pictures = await Promise.all(Array.from({ length: 12 }, (_, seed) => pictureOf(settings, 1000 + seed)));
  for (const [each, picture] of pictures.entries())
    expect(await ask(worker(settings), picture, `asset-${each}`)).toMatchObject({
      state: 'waiting',
      reason: 'provider',
    });
  expect((await usage()).calls).toBe(5);
  expect(committedOf(await spend())).toBe(0);
  await behave({});
  const later = worker(settings, { later: 31_000 });
  expect(await ask(later, pictures[0] as CaptionedPicture, 'asset-0')).toMatchObject({ state: 'answered' });
  expect(await new ProviderGate(table, settings, () => clockNow()).outlook()).toBe('free');
});

it('an answer that never came keeps its money committed, and is not asked for again by itself', async () => {
  const settings = settingsOf();
  await behave({ next: [{ kind: 'drop' }] });
  const picture = await pictureOf(settings, 1100);
  expect(await ask(worker(settings), picture, 'asset')).toMatchObject({ state: 'waiting', reason: 'provider' });
  const counted = await usage();
  expect([counted.calls, counted.billed]).toEqual([1, 1]);
  expect(unaccountedOf(await spend())).toBeGreaterThanOrEqual(billedBy(settings, counted));
});

it('calls of all workers keep within the provider’s quota, and those too far back come later', async () => {
  const settings = settingsOf({ quota: { requestsPerMinute: 12, maxWaitSeconds: 6 } });
  const pictures = await Promise.all(Array.from({ length: 10 }, (_, seed) => pictureOf(settings, 1200 + seed)));
  const captionings = await Promise.all(
    pictures.map((picture, each) => ask(worker(settings), picture, `asset-${each}`)),
  );
  const answered = captionings.filter(({ state }) => state === 'answered');
  // Three at once, and one five seconds later.
  expect(answered).toHaveLength(4);
  expect(captionings.filter((one) => one.state === 'waiting').map((one) => one.reason)).toEqual(Array(6).fill('quota'));
  expect((await usage()).calls).toBe(4);
});

it('waiting assets are listed by when they are due, and put off by one worker only', async () => {
  const records = new CaptionRecords(table);
  const waiting = (digit: string, dueAt: string) => ({
    assetId: digit.repeat(64),
    desk: desk(),
    reason: 'budget' as const,
    pictures: 1,
    since: '2026-05-01T10:00:00.000Z',
    dueAt,
    tries: 0,
  });
  await records.putWaiting(waiting('3', '2026-05-03T00:00:00.000Z'));
  await records.putWaiting(waiting('1', '2026-05-01T00:00:00.000Z'));
  await records.putWaiting(waiting('2', '2026-05-02T00:00:00.000Z'));
  const due = await records.listWaiting({ dueBefore: '2026-05-02T12:00:00.000Z', limit: 10 });
  expect(due.map(({ assetId }) => assetId[0])).toEqual(['1', '2']);
  expect(await records.listWaiting({ dueBefore: '2026-05-09T00:00:00.000Z', limit: 2 })).toHaveLength(2);
  expect(await records.countWaiting(100)).toBe(3);
  const [first] = due;
  if (first === undefined) throw new Error('nothing is due');
  const next = { dueAt: '2026-05-08T00:00:00.000Z', tries: 1, attempt: 2 };
  const raced = await Promise.all([records.postpone(first, next), records.postpone(first, next)]);
  expect(raced.sort()).toEqual([false, true]);
  expect(await records.findWaiting(first.assetId)).toMatchObject({ ...next, reason: 'budget' });
  for (const digit of ['1', '2', '3']) await records.forgetWaiting(digit.repeat(64));
  expect(await records.countWaiting(100)).toBe(0);
  expect(await records.findWaiting(first.assetId)).toBeUndefined();
});
