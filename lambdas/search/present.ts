import type { z } from 'zod';
import type { Hit, matchSchema } from '../contracts/api.ts';
import type { AssetGroup } from './group.ts';
import type { Ranked } from './rerank.ts';
import { matchesPerHit, thumbnailSeconds } from './settings.ts';
import type { QueryEntity } from './understand.ts';

type Match = z.infer<typeof matchSchema>;
export type PresignGet = (key: string, seconds: number) => Promise<string>;

/** One asset of the answer, with its best documents and how each came to its place. */
export async function presentHit(
  { assetId, score, documents }: AssetGroup,
  entities: readonly QueryEntity[],
  presignGet: PresignGet,
): Promise<Hit> {
  const matches = await Promise.all(
    documents.slice(0, matchesPerHit).map((one) => presentMatch(one, entities, presignGet)),
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
    matches,
    matchCount: documents.length,
  };
}

async function presentMatch(ranked: Ranked, entities: readonly QueryEntity[], presignGet: PresignGet): Promise<Match> {
  const { documentId, kind, text, provenance, entities: named, shot, thumbnailKey } = ranked.document;
  return {
    documentId,
    kind,
    text,
    provenance,
    entities: named,
    ...(shot === undefined ? {} : { shot }),
    ...(thumbnailKey === undefined ? {} : { thumbnailUrl: await presignGet(thumbnailKey, thumbnailSeconds) }),
    score: ranked.score,
    explanation: explain(ranked, entities),
  };
}

/** The document's line of the score table. */
export function explain(ranked: Ranked, entities: readonly QueryEntity[]): Match['explanation'] {
  const asked = new Set(entities.map(({ key }) => key));
  return {
    lexicalRank: ranked.lexicalRank,
    lexicalScore: ranked.lexicalScore > 0 ? ranked.lexicalScore : null,
    vectorRank: ranked.vectorRank,
    vectorScore: ranked.cosine ?? null,
    fusedScore: ranked.fusedScore,
    fusedRank: ranked.fusedRank,
    rerankScore: ranked.rerankScore,
    matchedEntities: ranked.document.entities.filter(({ key }) => asked.has(key)).map(({ text }) => text),
  };
}
