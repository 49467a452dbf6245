import type { Hit, Match } from '../contracts/api.ts';
import { derivedKeys } from '../contracts/keys.ts';
import type { AssetGroup } from './group.ts';
import type { Ranked } from './rerank.ts';
import { matchesPerHit, maxFoldedIds, thumbnailSeconds } from './settings.ts';

export type PresignGet = (key: string, seconds: number) => Promise<string>;

/** How hits are shown: which names were asked for, and whether there is a confidence to speak of. */
export interface Presentation {
  entities: readonly { key: string }[];
  isRanked: boolean;
  presignGet: PresignGet;
}

/** One asset of the answer, with its best documents and how each came to its place. */
export async function presentHit(group: AssetGroup, presentation: Presentation): Promise<Hit> {
  const { assetId, score, confidence, documents, folded } = group;
  const matches = await Promise.all(
    documents.slice(0, matchesPerHit).map((ranked) => presentMatch(ranked, presentation)),
  );
  const { assetKind, title, desk, createdAt, arrivedAt, place, rights } = documents[0].document;
  const thumbnailUrl = matches.find((match) => match.thumbnailUrl !== undefined)?.thumbnailUrl;
  return {
    assetId,
    assetKind,
    title,
    desk,
    ...(createdAt === undefined ? {} : { createdAt }),
    arrivedAt,
    ...(place === undefined ? {} : { place }),
    rights,
    ...(thumbnailUrl === undefined ? {} : { thumbnailUrl }),
    score,
    confidence: presentation.isRanked ? confidence : null,
    matches,
    matchCount: documents.length,
    folded: { count: folded.length, assetIds: folded.slice(0, maxFoldedIds) },
  };
}

async function presentMatch(ranked: Ranked, { entities, presignGet }: Presentation): Promise<Match> {
  const { documentId, assetId, kind, text, provenance, entities: named, shot, thumbnailKey } = ranked.document;
  return {
    documentId,
    assetId,
    kind,
    text,
    provenance,
    entities: named,
    ...(shot === undefined ? {} : { shot }),
    ...(thumbnailKey === undefined ? {} : { thumbnailUrl: await presignGet(thumbnailKey, thumbnailSeconds) }),
    ...(kind === 'shot' ? { previewUrl: await presignGet(derivedKeys.preview(assetId, 'mp4'), thumbnailSeconds) } : {}),
    score: ranked.score,
    explanation: explain(ranked, entities),
  };
}

/** The document's line of the score table. */
export function explain(ranked: Ranked, entities: Presentation['entities']): Match['explanation'] {
  const asked = new Set(entities.map(({ key }) => key));
  return {
    lexicalRank: ranked.lexicalRank,
    lexicalScore: ranked.lexicalScore > 0 ? ranked.lexicalScore : null,
    vectorRank: ranked.vectorRank,
    vectorScore: ranked.cosine ?? null,
    fusedScore: ranked.fusedScore,
    fusedRank: ranked.fusedRank,
    rerankScore: ranked.rerankScore,
    rerankRank: ranked.rerankRank,
    finalRank: ranked.finalRank,
    words: ranked.words,
    missing: ranked.support?.missing ?? [],
    matchedEntities: ranked.document.entities.filter(({ key }) => asked.has(key)).map(({ text }) => text),
  };
}
