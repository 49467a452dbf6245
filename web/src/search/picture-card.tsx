import { Box, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { SearchResponse } from '../../../lambdas/contracts/search.ts';
import { cameFrom } from '../parts/came-from.ts';
import { GeneratedBadge } from '../parts/provenance.tsx';
import { SimilarLink } from '../parts/similar-link.tsx';
import { Explanation } from './explanation.tsx';
import { Folded, factsOf, Nearness, UsageTerms } from './hit-facts.tsx';
import { hitLink } from './hit-link.ts';
import type { PlacedHit } from './result-rows.ts';

/** A photo among photos: the picture first, its headline and facts below. */
export function PictureCard({
  placed: { hit, place },
  search,
  weights,
}: {
  placed: PlacedHit;
  search: string;
  weights: SearchResponse['query']['weights'] | undefined;
}) {
  const [best] = hit.matches;
  if (!best) return null;
  return (
    <Box component="article" className="picture-card" aria-labelledby={`title-${hit.assetId}`}>
      <Link className="picture-link" to={hitLink(hit, search, best)} state={cameFrom(search)} data-place={place}>
        <span className="picture">{hit.thumbnailUrl && <img src={hit.thumbnailUrl} alt="" loading="lazy" />}</span>
        <Text component="h2" fz="sm" fw={600} lineClamp={2} id={`title-${hit.assetId}`} dir="auto">
          {hit.title}
        </Text>
      </Link>
      <Text fz="xs" c="dimmed" lineClamp={1}>
        {factsOf(hit)}
      </Text>
      <GeneratedBadge provenance={best.provenance} />
      <UsageTerms hit={hit} />
      <div className="card-foot">
        <SimilarLink documentId={best.documentId} kind={best.kind} />
        <Folded hit={hit} />
        {weights ? <Explanation match={best} weights={weights} /> : <Nearness match={best} />}
      </div>
    </Box>
  );
}
