import type { EmbeddingStates } from '../clients/embedding-state.ts';
import type { FoundDocument, VectorIndex } from '../clients/vector-index.ts';
import type { EmbeddingPass, EmbeddingState, EndedPass } from '../contracts/embedding.ts';
import { isCovered } from '../embedding/coverage.ts';
import { type HoldClients, holdAsset, type WritableVersion } from './hold-asset.ts';

type WalkedIndex = Pick<VectorIndex, 'documentsInOrder' | 'search'>;
export interface FillableVersion extends WritableVersion {
  index: WritableVersion['index'] & WalkedIndex;
}
export interface FillClients extends HoldClients {
  states: Pick<EmbeddingStates, 'read' | 'readProgress' | 'writeProgress'>;
  /** The current version first. */
  versionsOf(state: EmbeddingState): FillableVersion[];
}
export interface FillOptions {
  hasTime(): boolean;
  onFailure(assetId: string, error: unknown): void;
}
export interface FillReport {
  /** Undefined where only one version is in use. */
  pass?: EmbeddingPass;
  isWhole: boolean;
  /** Of the current index's documents, how many the other holds, as a share. */
  coverage?: number;
}

/** So many assets are looked after at once: their reads overlap, and an endpoint sees few requests at a time. */
const assetsAtOnce = 4;
/** A version that is full is looked over again this often: what a crash left out is not left out for long. */
const restMilliseconds = 10 * 60_000;

/**
 * Walks over the current index and writes what the other version lacks, from where the last run stopped. New uploads
 * are written to both by the index step; the walk is for what was there before, and for what a crash left out.
 */
export async function fillVersions(clients: FillClients, options: FillOptions): Promise<FillReport> {
  const state = await clients.states.read();
  const versions = clients.versionsOf(state);
  const [current, other] = versions;
  if (current === undefined || other === undefined) return { isWhole: true };
  const { revision } = state;
  const now = (): string => clients.clock.now().toISOString();
  const { current: unfinished, last } = await clients.states.readProgress(revision);
  if (unfinished === undefined && last !== undefined && isEnough(state, last, clients.clock.now()))
    return { isWhole: true, coverage: await coverageOf(current, other) };
  const pass: EmbeddingPass = unfinished ?? { startedAt: now(), assets: 0, written: 0, failed: 0 };
  let isWhole = true;
  for await (const page of current.index.documentsInOrder(
    pass.after === undefined ? undefined : { after: pass.after },
  )) {
    await holdAll(clients, versions, assetsOf(page, pass.after), pass, options);
    pass.after = page.at(-1)?.document.documentId ?? pass.after;
    await clients.states.writeProgress({ revision, current: pass, ...(last === undefined ? {} : { last }) });
    if (!options.hasTime()) {
      isWhole = false;
      break;
    }
  }
  const coverage = await coverageOf(current, other);
  if (isWhole) {
    const { after: _, ...ended } = pass;
    await clients.states.writeProgress({ revision, coverage, last: { ...ended, endedAt: now() } });
  }
  return { pass, isWhole, coverage };
}

/** An asset whose documents began on the page before has been done with that. */
const assetsOf = (page: readonly FoundDocument[], after: string | undefined): string[] => [
  ...new Set(page.map(({ document }) => document.assetId).filter((assetId) => !after?.startsWith(assetId))),
];

const isEnough = (state: EmbeddingState, last: EndedPass, now: Date): boolean =>
  isCovered(state, last) && now.getTime() - Date.parse(last.endedAt) < restMilliseconds;

async function holdAll(
  clients: FillClients,
  versions: readonly FillableVersion[],
  assetIds: readonly string[],
  pass: EmbeddingPass,
  { onFailure }: FillOptions,
): Promise<void> {
  const queue = [...assetIds];
  const worker = async (): Promise<void> => {
    for (let assetId = queue.shift(); assetId !== undefined; assetId = queue.shift()) {
      pass.assets += 1;
      try {
        pass.written += await holdAsset(clients, versions, assetId);
      } catch (error) {
        // One asset does not keep the others; the walk counts as not clean.
        pass.failed += 1;
        onFailure(assetId, error);
      }
    }
  };
  await Promise.all(Array.from({ length: assetsAtOnce }, worker));
}

async function coverageOf(current: FillableVersion, other: FillableVersion): Promise<number> {
  const [all, held] = await Promise.all([current, other].map(({ index }) => documentCount(index)));
  return all === 0 || all === undefined ? 1 : Math.min(1, (held ?? 0) / all);
}

async function documentCount(index: WalkedIndex): Promise<number> {
  const { total } = await index.search({ query: { match_all: {} }, size: 0, track_total_hits: true });
  return total;
}
