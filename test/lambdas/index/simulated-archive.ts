import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Documents } from '../../../lambdas/clients/asset-ledger/documents.ts';
import { compareStoryVersions } from '../../../lambdas/clients/asset-ledger.ts';
import type { FoundDocument, IndexedDocument, WriteResult } from '../../../lambdas/clients/vector-index.ts';
import type { WirescopeDocument } from '../../../lambdas/contracts/documents.ts';
import type { AssetRecord } from '../../../lambdas/contracts/ledger.ts';
import type { EffectRow } from '../../../lambdas/contracts/side-effects.ts';
import type { IndexAssetClients } from '../../../lambdas/index/index-asset.ts';
import type { SweepClients } from '../../../lambdas/index/sweep-doubles.ts';
import { FencedError } from '../../../lambdas/runtime/errors.ts';

/** The process ended here: nothing after it ran. */
export class CrashError extends Error {
  override readonly name = 'CrashError';
}

export const assetIdOf = (name: string): string => createHash('sha256').update(name).digest('hex');

interface Stored {
  indexId: string;
  document: IndexedDocument;
  writtenAtMilliseconds: number;
}

/**
 * A ledger and an index in memory with the promises of the real ones (the integration tests hold those to the same),
 * on a clock of their own, which crash before or after any chosen effect.
 */
export class SimulatedArchive {
  nowMilliseconds = Date.parse('2026-05-01T10:00:00Z');
  readonly visibilityMilliseconds: number;
  readonly assets = new Map<string, AssetRecord>();
  readonly rows = new Map<string, EffectRow>();
  /** Since when each suspect is one. */
  readonly suspects = new Map<string, string>();
  readonly stories = new Map<string, { version: string; assetId: string; superseded: string[] }>();
  readonly files = new Map<string, WirescopeDocument[]>();
  index: Stored[] = [];
  writes = 0;
  private effects = 0;
  private crashAt: number | undefined;
  private intervention: { number: number; act: () => Promise<unknown> } | undefined;
  private isInterrupted = false;
  private nextId = 0;

  constructor({ visibilityMilliseconds = 45_000 }: { visibilityMilliseconds?: number } = {}) {
    this.visibilityMilliseconds = visibilityMilliseconds;
  }

  /** The next run crashes at this effect: even numbers before effect n/2, odd ones after it. */
  crashNextAt(point: number | undefined): void {
    this.effects = 0;
    this.crashAt = point;
  }

  /** Somebody else does this before this effect of the next run, counted from 0, and comes through. */
  beforeEffect(number: number, act: () => Promise<unknown>): void {
    this.effects = 0;
    this.intervention = { number, act };
  }

  private async effect<Value>(run: () => Value): Promise<Value> {
    if (this.isInterrupted) return run();
    const number = this.effects++;
    if (this.crashAt === 2 * number) throw new CrashError();
    if (this.intervention?.number === number) await this.intervene(this.intervention.act);
    const value = run();
    if (this.crashAt === 2 * number + 1) throw new CrashError();
    return value;
  }

  private async intervene(act: () => Promise<unknown>): Promise<void> {
    this.intervention = undefined;
    this.isInterrupted = true;
    await act();
    this.isInterrupted = false;
  }

  admit(assetId: string, kind: AssetRecord['kind'] = 'photo'): void {
    const now = new Date(this.nowMilliseconds).toISOString();
    const attempt = (this.assets.get(assetId)?.attempt ?? 0) + 1;
    this.assets.set(assetId, {
      assetId,
      kind,
      status: 'processing',
      attempt,
      desk: 'news',
      original: { bucket: 'originals', key: 'incoming/news/a.jpg' },
      stem: 'incoming/news/a',
      fileName: 'a.jpg',
      mediaType: 'image/jpeg',
      bytes: 1,
      steps: {},
      createdAt: now,
      updatedAt: now,
    });
  }

  visible(): Stored[] {
    return this.index.filter((one) => one.writtenAtMilliseconds + this.visibilityMilliseconds <= this.nowMilliseconds);
  }

  visibleTexts(): string[] {
    return this.visible()
      .map(({ document }) => `${document.documentId}: ${document.source.text}`)
      .sort();
  }

  private fenced(assetId: string, attempt: number, statuses: AssetRecord['status'][]): AssetRecord {
    const asset = this.assets.get(assetId);
    if (asset?.attempt !== attempt || !statuses.includes(asset.status)) throw new FencedError('overtaken or ended');
    return asset;
  }

  private async suspect(assetId: string): Promise<void> {
    await this.effect(() => this.suspects.set(assetId, new Date(this.nowMilliseconds).toISOString()));
  }

  /** The ledger's own rules over rows in memory. */
  private readonly documents = new Documents(
    {
      read: async ({ pk, sk }) => this.rows.get(`${pk}/${sk}`),
      swap: async ({ pk, sk }, seen, next) =>
        this.effect(() => {
          if (!isDeepStrictEqual(this.rows.get(`${pk}/${sk}`), seen)) return false;
          this.rows.set(`${pk}/${sk}`, structuredClone(next));
          return true;
        }),
      remove: async ({ pk, sk }, seen) =>
        this.effect(() => isDeepStrictEqual(this.rows.get(`${pk}/${sk}`), seen) && this.rows.delete(`${pk}/${sk}`)),
      list: async (pk, skPrefix) =>
        [...this.rows]
          .filter(([key]) => key.startsWith(`${pk}/${skPrefix}`))
          .map(([key, row]) => ({ sk: key.slice(pk.length + 1), row })),
      suspectDoubles: (assetId) => this.suspect(assetId),
    },
    () => new Date(this.nowMilliseconds),
  );

  readonly clients: IndexAssetClients & SweepClients = {
    clock: {
      now: () => new Date(this.nowMilliseconds),
      wait: async (milliseconds) => {
        this.nowMilliseconds += milliseconds;
      },
    },
    inVersion: async (documents) => [...documents],
    get everywhere() {
      return { ledger: this.ledger, index: this.index };
    },
    derived: {
      readJson: (async (key: string) => ({ documents: this.files.get(key) ?? [] })) as never,
    },
    index: {
      bulkIndex: async (documents): Promise<WriteResult[]> =>
        this.effect(() =>
          documents.map((document) => {
            this.writes += 1;
            const indexId = `id-${String(this.nextId++).padStart(6, '0')}`;
            this.index.push({ indexId, document, writtenAtMilliseconds: this.nowMilliseconds });
            return { documentId: document.documentId, indexId };
          }),
        ),
      deleteByIds: async (indexIds) =>
        this.effect(() => {
          const before = this.index.length;
          this.index = this.index.filter(({ indexId }) => !indexIds.includes(indexId));
          return before - this.index.length;
        }),
      findByDocumentIds: async (documentIds) =>
        this.found(this.visible().filter(({ document }) => documentIds.includes(document.documentId))),
      documentsInOrder: ({ after = '', assetId } = {}) => this.pages(after, assetId),
    },
    leaseSeconds: () => 300,
    ledger: {
      getAsset: async (assetId) => this.assets.get(assetId),
      recordStep: async (assetId, attempt) =>
        this.effect(() => {
          this.fenced(assetId, attempt, ['processing']);
        }),
      completeAsset: async (assetId, attempt, { documentCount }) =>
        this.effect(() => {
          const asset = this.fenced(assetId, attempt, ['processing', 'indexed']);
          this.assets.set(assetId, { ...asset, status: 'indexed', documentCount });
        }),
      settleAsset: async (assetId, attempt, { status, reason }) =>
        this.effect(() => {
          const asset = this.fenced(assetId, attempt, ['processing', 'indexed', 'refused', 'failed', status]);
          this.assets.set(assetId, { ...asset, status, reason });
        }),
      listDocuments: (assetId) => this.documents.list(assetId),
      intendDocument: (document, run) => this.documents.intend(document, run),
      confirmDocument: (claim, indexId) => this.documents.confirm(claim, indexId),
      forgetDocument: (assetId, documentId, fence) => this.documents.forget(assetId, documentId, fence),
      suspectDoubles: (assetId) => this.suspect(assetId),
      listUnsettled: async () => [...this.suspects].map(([assetId, since]) => ({ assetId, since })),
      clearSuspect: async ({ assetId, since }) => this.suspects.get(assetId) === since && this.suspects.delete(assetId),
      getStory: async (uri) => {
        const story = this.stories.get(uri);
        if (story === undefined) return undefined;
        const { version, assetId, superseded } = story;
        return { uri, version, assetId, supersededAssetIds: superseded, updatedAt: new Date(0).toISOString() };
      },
      claimStoryVersion: async (uri, version, assetId) => this.effect(() => this.claimVersion(uri, version, assetId)),
    },
  };

  private claimVersion(uri: string, version: string, assetId: string) {
    const story = this.stories.get(uri);
    const isOlder = story !== undefined && compareStoryVersions(version, story.version) < 0;
    if (isOlder) return { isNewest: false as const, newestVersion: story.version, newestAssetId: story.assetId };
    if (story?.assetId !== assetId)
      this.stories.set(uri, {
        version,
        assetId,
        superseded: story === undefined ? [] : [...story.superseded, story.assetId],
      });
    return { isNewest: true as const };
  }

  private found(stored: readonly Stored[]): FoundDocument[] {
    return stored.map(({ indexId, document }) => ({
      indexId,
      score: 1,
      document: document.source,
    }));
  }

  private async *pages(after: string, assetId?: string): AsyncGenerator<FoundDocument[]> {
    const rest = this.visible()
      .filter(({ document }) => document.documentId > after)
      .filter(({ document }) => assetId === undefined || document.assetId === assetId)
      .sort((a, b) => (a.document.documentId < b.document.documentId ? -1 : 1));
    for (const group of Map.groupBy(rest, ({ document }) => document.documentId).values()) yield this.found(group);
  }
}
