import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import { OperatedFunction } from '../bin/wirescope/call-function.ts';
import { type AskWithdrawal, askThrough, withdrawAssets } from '../bin/wirescope/withdraw.ts';
import { AssetLedger, openTable } from '../lambdas/clients/asset-ledger.ts';
import { EveryIndex } from '../lambdas/clients/every-index.ts';
import { MediaBucket } from '../lambdas/clients/media-bucket.ts';
import { isGenuine } from '../lambdas/clients/receipt.ts';
import { ReceiptKey } from '../lambdas/clients/receipt-key.ts';
import { uploadId } from '../lambdas/contracts/keys.ts';
import { receiptSchema } from '../lambdas/contracts/withdrawal.ts';
import { ApiCaller } from '../local/supervisor/api-caller.ts';
import { type OwnSystem, withOwnSystem } from '../local/supervisor/own-system.ts';
import { type Measurement, percentile } from './measurement.ts';
import { type Item, madeItem, reencoded, send, twinOf } from './withdraw/material.ts';
import { type Look, Reader } from './withdraw/reader.ts';
import { type RunningStores, remainsOf, rowsOf } from './withdraw/stores.ts';

const fullCount = 50;
/** Of five, one goes while it is still on its way, and one stays. */
const earlyEvery = 4;
const videosPerRun = 2;
/** Near-duplicates of what goes, which stay and must not name it any more. */
const twins = 3;
/** Files on their way at once: what waits longer than a withdrawal's patience takes it a quarter of an hour. */
const underWayAtOnce = 4;
const limitMilliseconds = 18 * 60_000;
const pollMilliseconds = 250;

/**
 * Assets are withdrawn while others arrive and somebody searches, in a system of its own; afterwards every store is read.
 * `--assets N` is for a look at fewer.
 */
export async function measure(options: readonly string[]): Promise<Measurement> {
  const { values } = parseArgs({ args: [...options], options: { assets: { type: 'string' } } });
  const count = Number(values.assets ?? fullCount);
  return withOwnSystem(
    { instance: 'measure-withdraw', basePort: 6600, withSamples: false, withCaptions: true },
    (system) => new Withdrawing(system).measured(count),
  );
}

/** An asset that is to go, and when that was ordered, proved and last seen by a reader. */
interface Gone {
  item: Item;
  wasEarly: boolean;
  orderedAt: number;
  provedAt: number;
  receiptKey: string;
}

class Withdrawing {
  readonly #ledger: AssetLedger;
  readonly #stores: RunningStores;
  readonly #api: ApiCaller;
  readonly #ask: AskWithdrawal;
  readonly #receiptKey: ReceiptKey;

  constructor({ outputs, addresses }: OwnSystem) {
    const named = (name: string): string => outputs[name] ?? '';
    const table = openTable(named('LedgerTableName'));
    this.#ledger = new AssetLedger(table);
    this.#stores = {
      s3: new S3Client({ forcePathStyle: true }),
      originals: named('OriginalsBucketName'),
      derived: named('DerivedBucketName'),
      table,
      index: EveryIndex.open(addresses.vectorIndex, named('EmbedVersions')),
    };
    this.#api = new ApiCaller(named('ApiUrl'), named('UserPoolClientId'));
    this.#ask = askThrough(new OperatedFunction(named('WithdrawFunctionName')));
    this.#receiptKey = new ReceiptKey({ keyId: named('ReceiptKeyArn') });
  }

  async measured(count: number): Promise<Measurement> {
    const staying = Math.max(5, Math.round(count / 5));
    const items = await this.#material(count + staying);
    // Photos and stories alternate, so every fifth of them stays whatever it is.
    const stay = items.filter((_, at) => at % (count / staying + 1) === 2).slice(0, staying);
    const go = items.filter((item) => !stay.includes(item)).slice(0, count);
    // Photos that go once they are found; their near-duplicates come before them.
    for (const item of go.filter((one, at) => one.kind === 'photo' && at % earlyEvery !== 1).slice(0, twins)) {
      const twin = await twinOf(item);
      items.splice(items.indexOf(item), 0, twin);
      stay.push(twin);
    }
    const reader = new Reader(
      this.#api,
      [...go, ...stay].flatMap(({ word }) => word ?? []),
    );
    const captionKeys = new Set<string>();
    const gone = await this.#sendAndWithdraw(items, go, captionKeys);
    const kept = await this.#captionsOf(stay);
    const own = [...captionKeys].filter((key) => !kept.has(key));
    await this.#untilIndexed(stay);
    const looksBefore = reader.looks.length;
    while (reader.looks.length < looksBefore + 2 * items.length) await delay(pollMilliseconds);
    await reader.close();

    const remains = await remainsOf(this.#stores, go, own);
    const returns = await this.#sendAgain(go);
    const after = await remainsOf(this.#stores, go, own);
    return this.#judged({ gone, go, stay, looks: reader.looks, remains, after, returns, captions: own.length });
  }

  async #material(count: number): Promise<Item[]> {
    const items: Item[] = [];
    for (let number = 0; number < count; number++)
      items.push(
        await madeItem(number < videosPerRun ? 'video' : number % 2 === 0 ? 'photo' : 'story', kindNumber(number)),
      );
    return items;
  }

  /** A few on their way at once; each that is to go is ordered to, now while it is under way, now once it is found. */
  async #sendAndWithdraw(items: readonly Item[], go: readonly Item[], captionKeys: Set<string>): Promise<Gone[]> {
    const waiting = [...items];
    const withdrawals: Promise<Gone>[] = [];
    const worker = async (): Promise<void> => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
        await send(this.#stores.s3, this.#stores.originals, item);
        const wasEarly = go.indexOf(item) % earlyEvery === 1;
        await this.#until(item, (status) => status !== undefined && (wasEarly || status !== 'processing'));
        if (!go.includes(item)) continue;
        for (const key of await this.#captionsOf([item])) captionKeys.add(key);
        withdrawals.push(this.#withdraw(item, wasEarly));
      }
    };
    await Promise.all(Array.from({ length: underWayAtOnce }, worker));
    console.log(`all ${items.length} were sent, ${withdrawals.length} are being withdrawn`);
    return Promise.all(withdrawals);
  }

  async #withdraw(item: Item, wasEarly: boolean): Promise<Gone> {
    const orderedAt = Date.now();
    const [withdrawn] = await withdrawAssets(
      this.#ask,
      [item.assetId],
      { reason: 'Rehearsal of a takedown.', by: 'measure' },
      { progress: { set: () => {}, stop: () => {} }, limitMilliseconds },
    );
    if (withdrawn?.receiptKey === undefined) {
      console.log(`${item.key}: ${withdrawn?.state} ${withdrawn?.problem ?? ''}`);
      return { item, wasEarly, orderedAt, provedAt: Number.NaN, receiptKey: '' };
    }
    return { item, wasEarly, orderedAt, provedAt: Date.now(), receiptKey: withdrawn.receiptKey };
  }

  async #until({ assetId, key }: Item, isReached: (status: string | undefined) => boolean): Promise<void> {
    const until = Date.now() + limitMilliseconds;
    while (!isReached((await this.#ledger.getAsset(assetId))?.status)) {
      if (Date.now() > until) throw new Error(`${key} did not come so far in time`);
      await delay(pollMilliseconds);
    }
  }

  async #untilIndexed(items: readonly Item[]): Promise<void> {
    for (const item of items) await this.#until(item, (status) => status === 'indexed');
  }

  /** Paid captions that the assets' documents show. */
  async #captionsOf(items: readonly Item[]): Promise<Set<string>> {
    const rows = await rowsOf(this.#stores.table);
    const own = rows.filter(
      ({ pk, sk }) => sk.startsWith('CAPTION#') && items.some(({ assetId }) => pk === `ASSET#${assetId}`),
    );
    return new Set(own.map(({ text }) => (JSON.parse(text) as { captionKey: string }).captionKey));
  }

  /** The very bytes under another name, and photos as somebody else would send them. */
  async #sendAgain(go: readonly Item[]) {
    const { s3, originals } = this.#stores;
    const bucket = new MediaBucket({ client: s3, bucketName: originals });
    const sendAs = async (key: string, body: Buffer) => {
      await bucket.putBytes(key, body, { contentType: 'application/octet-stream' });
      const versionId = (await bucket.head({ key }))?.versionId;
      return { key, id: uploadId({ bucket: originals, key, versionId }) };
    };
    const same: { key: string; id: string }[] = [];
    const alike: { key: string; id: string }[] = [];
    for (const { key, body, kind, number } of go) {
      same.push(await sendAs(key.replace('incoming/withdrawals/', 'incoming/returns/'), body));
      if (kind === 'photo') alike.push(await sendAs(`incoming/returns/alike-${number}.webp`, await reencoded(body)));
    }
    const refused = async (sent: readonly { id: string }[]): Promise<number> => {
      let count = 0;
      for (const { id } of sent) {
        const until = Date.now() + 5 * 60_000;
        let upload = await this.#ledger.getUpload(id);
        for (; upload === undefined && Date.now() < until; upload = await this.#ledger.getUpload(id))
          await delay(pollMilliseconds);
        if (upload?.outcome === 'refused' && /withdrawn/.test(upload.reason ?? '')) count += 1;
      }
      return count;
    };
    const refusals = { same: await refused(same), alike: await refused(alike) };
    await this.#ask({ action: 'clear-returns' });
    let left = 0;
    for (const { key } of same) if ((await bucket.head({ key })) !== undefined) left += 1;
    return { sent: same.length, sentAlike: alike.length, ...refusals, left };
  }

  async #judged(found: {
    gone: readonly Gone[];
    go: readonly Item[];
    stay: readonly Item[];
    looks: readonly Look[];
    remains: Awaited<ReturnType<typeof remainsOf>>;
    after: Awaited<ReturnType<typeof remainsOf>>;
    returns: { sent: number; sentAlike: number; same: number; alike: number; left: number };
    captions: number;
  }): Promise<Measurement> {
    const { gone, go, stay, looks, remains, after, returns, captions } = found;
    const genuine = await this.#genuine(gone);
    const failed = looks.filter(({ status }) => status !== 200).length;
    const seenAfter = gone.flatMap(({ item, provedAt }) =>
      looks.filter(({ begunAt, assetIds }) => begunAt > provedAt && assetIds.includes(item.assetId)),
    ).length;
    const last = looks.slice(-2 * (go.length + stay.length));
    const stayFound = stay.filter(({ assetId }) => last.some(({ assetIds }) => assetIds.includes(assetId))).length;
    const early = gone.filter(({ wasEarly }) => wasEarly).length;
    const toReceipt = gone
      .filter(({ provedAt }) => !Number.isNaN(provedAt))
      .map((one) => (one.provedAt - one.orderedAt) / 1000);
    const hidden = gone.flatMap(({ item, orderedAt }) => {
      const seen = looks.filter(({ begunAt, assetIds }) => begunAt > orderedAt && assetIds.includes(item.assetId));
      return seen.length === 0 ? [] : [((seen.at(-1)?.begunAt ?? 0) - orderedAt) / 1000];
    });
    const nothingIn = (store: keyof typeof remains, of: string) => ({
      name: `nothing of them in ${of}`,
      holds: remains[store].length === 0 && after[store].length === 0,
      found: `${remains[store].length}, ${after[store].length} after they came again`,
    });
    return {
      targets: [
        {
          name: `${fullCount} assets are withdrawn, some while they are on their way`,
          holds: gone.length >= fullCount && toReceipt.length === gone.length && early > 0,
          found: `${toReceipt.length} of ${gone.length}, ${early} on their way`,
        },
        nothingIn('originals', 'the bucket, no version'),
        nothingIn('derived', 'renditions and work'),
        nothingIn('documents', 'any index'),
        nothingIn('ledger', 'the ledger but their tombstones, near-duplicates’ rows included'),
        {
          ...nothingIn('captions', 'the cache of captions'),
          holds: captions > 0 && remains.captions.length === 0 && after.captions.length === 0,
          found: `${remains.captions.length} of ${captions} that were there`,
        },
        nothingIn('vocabulary', 'the archive’s names and words'),
        {
          name: 'every receipt verifies',
          holds: genuine === gone.length && gone.length > 0,
          found: `${genuine} of ${gone.length}`,
        },
        {
          name: 'the same bytes are refused and leave the bucket',
          holds: returns.same === returns.sent && returns.left === 0,
          found: `${returns.same} of ${returns.sent} refused, ${returns.left} left in the bucket`,
        },
        {
          name: 'a photo that looks the same is refused',
          holds: returns.alike === returns.sentAlike && returns.sentAlike > 0,
          found: `${returns.alike} of ${returns.sentAlike}`,
        },
        {
          name: 'no search shows one after its receipt',
          holds: seenAfter === 0 && looks.length > 0 && failed === 0,
          found: `${seenAfter} of ${looks.length} searches, ${failed} failed`,
        },
        {
          name: 'the others stay, and are found',
          holds: stayFound === stay.length,
          found: `${stayFound} of ${stay.length}`,
        },
      ],
      figures: {
        withdrawn: toReceipt.length,
        onTheirWay: early,
        staying: stay.length,
        searches: looks.length,
        captionsForgotten: captions,
        secondsToReceiptP50: percentile(toReceipt, 0.5).toFixed(0),
        secondsToReceiptP95: percentile(toReceipt, 0.95).toFixed(0),
        seenAfterTheOrder: hidden.length,
        secondsUntilUnseenMost: hidden.length === 0 ? 0 : Math.max(...hidden).toFixed(1),
      },
      details: { remains, after, toReceipt: toReceipt.map((seconds) => Math.round(seconds)) },
    };
  }

  async #genuine(gone: readonly Gone[]): Promise<number> {
    const key = await this.#receiptKey.publicKey();
    const receipts = new MediaBucket({ client: this.#stores.s3, bucketName: this.#stores.derived });
    let genuine = 0;
    for (const { item, receiptKey } of gone) {
      if (receiptKey === '') continue;
      const receipt = await receipts.readJson(receiptKey, receiptSchema);
      if (isGenuine(receipt, key) && receipt.statement.assetId === item.assetId) genuine += 1;
    }
    return genuine;
  }
}

/** Photos take every number in turn, so that half of them have words in a sidecar. */
const kindNumber = (number: number): number => (number % 2 === 0 ? number / 2 : number);
