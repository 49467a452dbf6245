import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LedgerTable } from '../../lambdas/clients/asset-ledger/table.ts';
import { CaptionRecords } from '../../lambdas/clients/captions/caption-records.ts';
import { Captioner } from '../../lambdas/clients/captions/captioner.ts';
import { PaidCaptions } from '../../lambdas/clients/captions/paid-captions.ts';
import { openCaptionProvider } from '../../lambdas/clients/captions/provider.ts';
import { NearDuplicates } from '../../lambdas/clients/near-duplicates.ts';
import { type CaptionRun, captionPictures } from '../../lambdas/describe/generated-captions.ts';
import type { Usage } from '../../local/captions/billing.ts';
import { captionSettings } from '../lambdas/support/caption-settings.ts';
import { type CaptionService, startCaptionService } from './caption-service.ts';
import { type CloudEmulator, createLedgerTable, startCloudEmulator } from './cloud-emulator.ts';

/** Two workers, the real table, and a service that counts what it charges. */
let emulator: CloudEmulator;
let captions: CaptionService;
let table: LedgerTable;
let address: string;

beforeAll(async () => {
  emulator = await startCloudEmulator();
  table = await createLedgerTable(emulator, 'near-duplicates-captions');
  captions = await startCaptionService();
  address = captions.address;
}, 90_000);
afterAll(async () => {
  captions?.stop();
  await emulator?.stop();
});

const shaOf = (pair: number, side: number): string => `${pair}${side}`.padEnd(64, 'e');
const documentOf = (sha256: string) => ({ assetId: sha256, documentId: `${sha256}.photo.0` });

/** One photo through the captions of its description; the other may have come after its look at near-duplicates. */
async function describePhoto(sha256: string, found: readonly string[]): Promise<CaptionRun> {
  const settings = captionSettings({ provider: { baseUrl: `${address}/v1`, model: 'pairs', timeoutSeconds: 5 } });
  const nearDuplicates = new NearDuplicates(table);
  const { assetId, documentId } = documentOf(sha256);
  const services = {
    settings,
    captioner: new Captioner({
      ...{ table, settings, watch: () => {} },
      provider: openCaptionProvider(settings.provider, { apiKey: async () => undefined }),
      clock: { now: () => new Date(), wait: (milliseconds: number) => delay(milliseconds) },
    }),
    paid: new PaidCaptions(table),
    records: new CaptionRecords(table),
    findNames: async (texts: readonly string[]) => texts.map(() => []),
    findNeighbours: async () => found.map(documentOf),
    offer: (to: Parameters<typeof nearDuplicates.offerCaption>[0], key: string) => nearDuplicates.offerCaption(to, key),
    findOffers: () => nearDuplicates.captionsOffered(assetId, documentId),
    findHolds: async () => [],
    deadline: () => new Date(Date.now() + 30_000),
    now: () => new Date(),
  };
  const pixels = sharp({ create: { width: 96, height: 64, channels: 3, background: `#${sha256.slice(0, 6)}` } });
  const picture = { documentId, sha256, read: () => pixels.jpeg().toBuffer() };
  return captionPictures(services, [picture], { assetId, attempt: 1, desk: 'sport', knownNames: [] });
}

it('of two near-duplicates at the same moment one is paid for, also where only one of them knows of the other', async () => {
  const nearDuplicates = new NearDuplicates(table);
  const pairs = Array.from({ length: 12 }, (_, pair) => [shaOf(pair + 10, 0), shaOf(pair + 10, 1)] as const);
  for (const sha256 of pairs.flat()) {
    const likeness = { ...documentOf(sha256), hashes: { picture: [sha256.slice(0, 16)] } };
    await nearDuplicates.putLikeness(likeness, new Date());
  }
  await fetch(`${address}/manner`, { method: 'PUT', body: JSON.stringify({ delayMilliseconds: 200 }) });
  const runs = await Promise.all(
    pairs.map(([one, other], pair) =>
      Promise.all([describePhoto(one, [other]), delay(pair * 8).then(() => describePhoto(other, []))]),
    ),
  );
  expect(runs.map(([one, other]) => one.paid + other.paid)).toEqual(pairs.map(() => 1));
  for (const [one, other] of runs) {
    expect(one.captions[0]?.text).toBeDefined();
    expect(one.captions[0]?.text).toBe(other.captions[0]?.text);
  }
  const { billed } = (await (await fetch(`${address}/usage`)).json()) as Usage;
  expect(billed).toBe(pairs.length);
});
