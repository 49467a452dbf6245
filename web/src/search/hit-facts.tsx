import { Text } from '@mantine/core';
import { Link } from 'react-router';
import { tallyNames } from '../../../lambdas/contracts/entity-names.ts';
import type { Hit, Match } from '../../../lambdas/contracts/search.ts';
import { dayOf } from '../parts/dates.ts';
import type { Entity } from '../parts/entity-chips.tsx';
import { nearness } from './nearness.ts';

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
export const entitiesOf = (hit: Hit): Entity[] =>
  tallyNames(hit.matches.map(({ entities }) => entities)).map(({ count: _, ...entity }) => entity);

/** How near a hit is to the document whose like is looked for; nothing where words were asked for, which explain more. */
export function Nearness({ match }: { match: Match }) {
  const { vectorScore } = match.explanation;
  if (vectorScore === null) return null;
  return (
    <span>
      {nearness(vectorScore)} ({vectorScore.toFixed(2)})
    </span>
  );
}

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
