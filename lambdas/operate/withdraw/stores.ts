import type { EveryIndex } from '../../clients/every-index.ts';
import type { FailureQueue } from '../../clients/failure-queue.ts';
import type { MediaBucket } from '../../clients/media-bucket.ts';
import { bandRows } from '../../clients/near-duplicates/likenesses.ts';
import type { NearDuplicates } from '../../clients/near-duplicates.ts';
import type { ObjectVersion, ObjectVersions } from '../../clients/object-versions.ts';
import type { FoundDocument } from '../../clients/vector-index.ts';
import type { Withdrawals } from '../../clients/withdrawals.ts';
import { captionKeys } from '../../contracts/captions.ts';
import { assetPrefix, shotsWorkPrefix, uploadId, vocabularyKeys } from '../../contracts/keys.ts';
import { ledgerKeys } from '../../contracts/ledger.ts';
import { likenessRecordSchema, nearDuplicateKeys } from '../../contracts/near-duplicates.ts';
import { recountDoneSchema, recountRequestSchema } from '../../contracts/vocabulary.ts';
import type { WithdrawalRecord, WithdrawalStore } from '../../contracts/withdrawal.ts';

/** The part of a withdrawal by which a store knows what is meant. */
export type Withdrawn = Pick<WithdrawalRecord, 'assetId' | 'places' | 'indexEmptyAt'>;

/** One place where something of an asset may lie. Both calls may be repeated. */
export interface Store {
  /** How much of the asset a look finds. */
  count(withdrawn: Withdrawn): Promise<number>;
  /** Takes away what a look finds. @returns how much it was. */
  remove(withdrawn: Withdrawn): Promise<number>;
}

export interface StoreClients {
  withdrawals: Pick<Withdrawals, 'rowsOf' | 'existing' | 'deleteRows'>;
  originals: ObjectVersions;
  derived: ObjectVersions;
  derivedBucket: Pick<MediaBucket, 'findJson' | 'putJson'>;
  /** Of every embedding version: what is withdrawn may lie in each. */
  index: Pick<EveryIndex, 'search' | 'deleteByIds'>;
  failureQueue: Pick<FailureQueue, 'drain'>;
  nearDuplicates: Pick<NearDuplicates, 'stillNaming' | 'forgetTraces'>;
}

export function storesOf(clients: StoreClients): Readonly<Record<WithdrawalStore, Store>> {
  const { originals, derived } = clients;
  return {
    originals: objects(originals, async ({ places }) => {
      const wanted = new Set(places?.objects.map(({ key, versionId }) => JSON.stringify([key, versionId])));
      const found: ObjectVersion[] = [];
      for (const key of new Set(places?.objects.map((object) => object.key)))
        found.push(
          ...(await originals.of(key)).filter((each) => wanted.has(JSON.stringify([each.key, each.versionId]))),
        );
      return found;
    }),
    renditions: objects(derived, ({ assetId }) => allBelow(derived, assetPrefix(assetId))),
    work: objects(derived, ({ assetId }) => allBelow(derived, `${shotsWorkPrefix}${assetId}/`)),
    inferences: objects(derived, async ({ places }) => {
      const found: ObjectVersion[] = [];
      for (const key of places?.inferenceKeys ?? []) found.push(...(await derived.of(key)));
      return found;
    }),
    index: documents(clients.index),
    captions: paidCaptions(clients.withdrawals),
    vocabulary: vocabulary(clients.derivedBucket),
    neighbours: neighbours(clients.nearDuplicates),
    ledger: rows(clients.withdrawals),
    failures: failures(clients.failureQueue),
  };
}

function objects(versions: ObjectVersions, find: (withdrawn: Withdrawn) => Promise<ObjectVersion[]>): Store {
  return {
    count: async (withdrawn) => (await find(withdrawn)).length,
    remove: async (withdrawn) => versions.delete(await find(withdrawn)),
  };
}

async function allBelow(versions: ObjectVersions, prefix: string): Promise<ObjectVersion[]> {
  const found: ObjectVersion[] = [];
  for await (const page of versions.below(prefix)) found.push(...page);
  return found;
}

const documentsPerPage = 500;

function documents(index: StoreClients['index']): Store {
  const query = (assetId: string, after = '') => ({
    bool: { filter: [{ term: { assetId } }, { range: { documentId: { gt: after } } }] },
  });
  return {
    count: async ({ assetId }) =>
      (await index.search({ query: query(assetId), size: 0, track_total_hits: true })).total,
    remove: async ({ assetId }) => {
      let removed = 0;
      for (let after: string | undefined = ''; after !== undefined; ) {
        const { found }: { found: FoundDocument[] } = await index.search({
          query: query(assetId, after),
          size: documentsPerPage,
          sort: [{ documentId: 'asc' }],
        });
        if (found.length > 0) removed += await index.deleteByIds(found.map(({ indexId }) => indexId));
        after = found.length < documentsPerPage ? undefined : found.at(-1)?.document.documentId;
      }
      return removed;
    },
  };
}

/**
 * The count of the archive's names and words knows no assets. It is made from nothing once the index is empty of the
 * asset, and what is in use was then counted without it.
 */
function vocabulary(derived: StoreClients['derivedBucket']): Store {
  const isOutdated = async ({ indexEmptyAt }: Withdrawn): Promise<boolean> => {
    if (indexEmptyAt === undefined) return true;
    const done = await derived.findJson(vocabularyKeys.counted, recountDoneSchema);
    return done === undefined || done.begunAt < indexEmptyAt;
  };
  return {
    count: async (withdrawn) => ((await isOutdated(withdrawn)) ? 1 : 0),
    remove: async (withdrawn) => {
      const { indexEmptyAt } = withdrawn;
      if (indexEmptyAt === undefined || !(await isOutdated(withdrawn))) return 0;
      const asked = await derived.findJson(vocabularyKeys.recount, recountRequestSchema);
      if (asked !== undefined && asked.notBefore >= indexEmptyAt) return 0;
      await derived.putJson(vocabularyKeys.recount, recountRequestSchema, { notBefore: indexEmptyAt });
      return 1;
    },
  };
}

/** Captions that were paid for its pictures. Another asset that shows one keeps its words, and would pay for new ones. */
function paidCaptions(withdrawals: StoreClients['withdrawals']): Store {
  const find = ({ places }: Withdrawn) => withdrawals.existing(places?.captionKeys.map(captionKeys.caption) ?? []);
  return {
    count: async (withdrawn) => (await find(withdrawn)).length,
    remove: async (withdrawn) => {
      const found = await find(withdrawn);
      await withdrawals.deleteRows(found);
      return found.length;
    },
  };
}

/** Rows of other assets that name it. They are changed, not deleted: the others stay. */
function neighbours(nearDuplicates: StoreClients['nearDuplicates']): Store {
  return {
    count: async ({ assetId, places }) => {
      if (places === undefined) return 0;
      const { likenesses, members } = await nearDuplicates.stillNaming(assetId, places.traces);
      return likenesses.length + members.length;
    },
    remove: async ({ assetId, places }) =>
      places === undefined ? 0 : nearDuplicates.forgetTraces(assetId, places.traces),
  };
}

/** The asset's own partition, the rows by which its near-duplicates find it, its uploads and the stems that it owns; the row of the withdrawal itself stays. */
function rows(withdrawals: StoreClients['withdrawals']): Store {
  const find = async ({ assetId, places }: Withdrawn) => {
    const own = await withdrawals.rowsOf(ledgerKeys.asset(assetId).pk);
    const uploads = await withdrawals.existing(
      places?.objects.map((object) => ledgerKeys.upload(uploadId(object))) ?? [],
    );
    const stems = [];
    for (const stem of places?.stems ?? []) {
      const found = await withdrawals.rowsOf(ledgerKeys.stemAsset(places?.bucket ?? '', stem).pk);
      if (found.some(({ sk, assetId: owner }) => sk === 'ASSET' && owner !== assetId)) continue;
      stems.push(...found);
    }
    const likenesses = own.filter(({ sk }) => String(sk).startsWith(nearDuplicateKeys.likenessPrefix));
    const bands = await withdrawals.existing(
      likenesses.flatMap((likeness) => bandRows(likenessRecordSchema.parse(likeness))),
    );
    // The asset's record goes last: until then it refuses the writes of an attempt that is still at work.
    return [...stems, ...uploads, ...bands, ...own.sort((one) => (one.sk === 'ASSET' ? 1 : -1))];
  };
  return {
    count: async (withdrawn) => (await find(withdrawn)).length,
    remove: async (withdrawn) => {
      const found = await find(withdrawn);
      await withdrawals.deleteRows(found);
      return found.length;
    },
  };
}

function failures(queue: StoreClients['failureQueue']): Store {
  return {
    count: async ({ assetId }) => {
      let seen = 0;
      await queue.drain((failure) => {
        if (failure.assetId === assetId) seen += 1;
        return false;
      });
      return seen;
    },
    remove: async ({ assetId }) => (await queue.drain((failure) => failure.assetId === assetId)).taken,
  };
}
