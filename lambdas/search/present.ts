import type { MediaBucket } from '../clients/media-bucket.ts';
import type { StoredDocument } from '../clients/vector-index.ts';
import type { Hit } from '../contracts/api.ts';
import type { AssetGroup } from './group.ts';
import type { QueryEntity } from './understand.ts';

const maxMatches = 5;
const thumbnailSeconds = 3600;

/** One asset as the page shows it, with thumbnails that can be fetched for an hour and the way of each match. */
export async function presentHit(
  group: AssetGroup,
  queryEntities: readonly QueryEntity[],
  derived: MediaBucket,
): Promise<Hit> {
  const best = group.members.slice(0, maxMatches);
  const [first] = best;
  if (!first) throw new Error(`asset ${group.assetId} was grouped without a document`);
  const urlOf = (document: StoredDocument): Promise<string | undefined> =>
    document.thumbnailKey ? derived.presignGet(document.thumbnailKey, thumbnailSeconds) : Promise.resolve(undefined);
  const wanted = new Set(queryEntities.map(({ key }) => key));
  const matches = await Promise.all(
    best.map(async ({ ranked, document }) => {
      const thumbnailUrl = await urlOf(document);
      return {
        documentId: document.documentId,
        kind: document.kind,
        text: document.text,
        provenance: document.provenance,
        entities: document.entities,
        ...(document.shot ? { shot: document.shot } : {}),
        ...(thumbnailUrl ? { thumbnailUrl } : {}),
        score: ranked.score,
        explanation: {
          lexicalRank: ranked.lexicalRank,
          lexicalScore: ranked.lexicalRank === null ? null : ranked.lexicalScore,
          vectorRank: ranked.vectorRank,
          vectorScore: ranked.cosine,
          fusedScore: ranked.fusedScore,
          fusedRank: ranked.fusedRank,
          rerankScore: ranked.rerankScore,
          matchedEntities: document.entities.filter(({ key }) => wanted.has(key)).map(({ text }) => text),
        },
      };
    }),
  );
  const { document } = first;
  const thumbnailUrl = matches.find((match) => match.thumbnailUrl)?.thumbnailUrl;
  return {
    assetId: group.assetId,
    assetKind: document.assetKind,
    title: document.title,
    desk: document.desk,
    ...(document.createdAt ? { createdAt: document.createdAt } : {}),
    arrivedAt: document.arrivedAt,
    ...(document.place ? { place: document.place } : {}),
    rights: document.rights,
    ...(thumbnailUrl ? { thumbnailUrl } : {}),
    score: group.score,
    matches,
    matchCount: group.members.length,
  };
}
