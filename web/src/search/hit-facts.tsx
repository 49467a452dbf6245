import { Text } from '@mantine/core';
import { Link } from 'react-router';
import type { Hit, Match } from '../../../lambdas/contracts/search.ts';
import { dayOf } from '../parts/dates.ts';

/** Desk, day, place and credit in one line. */
export const factsOf = (hit: Hit): string =>
  [
    hit.desk,
    hit.createdAt ? dayOf(hit.createdAt) : `arrived ${dayOf(hit.arrivedAt)}`,
    hit.place,
    hit.rights.credit ?? hit.rights.creator,
  ]
    .filter(Boolean)
    .join(' · ');

/** Names of all matches of a hit, each once. */
export const entitiesOf = (hit: Hit): Match['entities'] => [
  ...new Map(
    hit.matches.flatMap((match) => match.entities).map((entity) => [`${entity.label}:${entity.key}`, entity]),
  ).values(),
];

export function UsageTerms({ hit }: { hit: Hit }) {
  if (!hit.rights.usageTerms) return null;
  return (
    <Text fz="xs" className="usage-terms">
      Usage: {hit.rights.usageTerms}
    </Text>
  );
}

/** Other assets with the same content, which this hit stands for. */
export function Folded({ hit }: { hit: Hit }) {
  const { count, assetIds } = hit.folded;
  if (count === 0) return null;
  return (
    <details className="folded">
      <summary>
        and {count} {count === 1 ? 'near-duplicate' : 'near-duplicates'}
      </summary>
      <ul>
        {assetIds.map((assetId, position) => (
          <li key={assetId}>
            <Link className="folded-link" to={`/assets/${assetId}`}>
              near-duplicate {position + 1}
            </Link>
          </li>
        ))}
        {count > assetIds.length && <li>{count - assetIds.length} more</li>}
      </ul>
    </details>
  );
}

const likeness = { photo: 'Similar images', shot: 'Similar shots', passage: 'Similar passages' } as const;

/** A search for what is near this document. */
export function SimilarLink({ match }: { match: Match }) {
  return (
    <Link className="quiet-link" to={`/?${new URLSearchParams({ similar: match.documentId })}`}>
      {likeness[match.kind]}
    </Link>
  );
}
