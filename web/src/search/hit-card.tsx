import { Badge, Box, Grid, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from 'react-router';
import type { Match, SearchResponse } from '../../../lambdas/contracts/search.ts';
import { cameFrom } from '../parts/came-from.ts';
import { EntityChips } from '../parts/entity-chips.tsx';
import { Highlighted } from '../parts/highlighted.tsx';
import { GeneratedBadge } from '../parts/provenance.tsx';
import { SimilarLink } from '../parts/similar-link.tsx';
import { Explanation } from './explanation.tsx';
import { entitiesOf, Folded, factsOf, Nearness, UsageTerms } from './hit-facts.tsx';
import { hitLink } from './hit-link.ts';
import type { PlacedHit } from './result-rows.ts';
import { ShotStrip } from './shot-strip.tsx';

const kindNames = { photo: 'Photo', video: 'Video', story: 'Story' } as const;
const otherMatchesShown = 2;

function Passage({ match, query, lines }: { match: Match; query: string; lines: number }) {
  return (
    <Text component="div" fz="sm" lineClamp={lines} dir="auto">
      <Highlighted text={match.text} query={query} words={match.explanation.words.text} size="sm" />
    </Text>
  );
}

export interface HitCardProps {
  placed: PlacedHit;
  query: string;
  search: string;
  weights: SearchResponse['query']['weights'] | undefined;
  isChosenEntity: (filter: string) => boolean;
  onToggleEntity: (filter: string) => void;
}

/** One video, story or single photo with its best shots or passages. */
export function HitCard({ placed, query, search, weights, isChosenEntity, onToggleEntity }: HitCardProps) {
  const { hit, place } = placed;
  const [best, ...others] = hit.matches;
  if (!best) return null;
  const isVideo = hit.assetKind === 'video';
  const hasPicture = hit.thumbnailUrl !== undefined && !isVideo;
  return (
    <Box component="article" className="hit" aria-labelledby={`title-${hit.assetId}`}>
      <Grid gap="md">
        {hasPicture && (
          <Grid.Col span={{ base: 12, xs: 4, md: 3 }}>
            <Link
              to={hitLink(hit, search, best)}
              state={cameFrom(search)}
              className="thumbnail"
              tabIndex={-1}
              aria-hidden="true"
            >
              <img src={hit.thumbnailUrl} alt="" loading="lazy" />
            </Link>
          </Grid.Col>
        )}
        <Grid.Col span={hasPicture ? { base: 12, xs: 8, md: 9 } : 12}>
          <Stack gap={6}>
            <Group gap="xs" wrap="nowrap" align="baseline">
              <Badge variant="light" size="sm" style={{ flexShrink: 0 }}>
                {kindNames[hit.assetKind]}
              </Badge>
              <Title order={2} fz="lg" id={`title-${hit.assetId}`} dir="auto">
                <Link className="hit-title" to={hitLink(hit, search, best)} state={cameFrom(search)} data-place={place}>
                  {hit.title}
                </Link>
              </Title>
            </Group>
            <Text fz="sm" c="dimmed">
              {factsOf(hit)}
            </Text>
            {isVideo ? <ShotStrip hit={hit} search={search} /> : <Passage match={best} query={query} lines={4} />}
            {hit.assetKind === 'story' &&
              others.slice(0, otherMatchesShown).map((match) => (
                <Link
                  key={match.documentId}
                  className="other-passage"
                  to={hitLink(hit, search, match)}
                  state={cameFrom(search)}
                >
                  <Passage match={match} query={query} lines={2} />
                </Link>
              ))}
            <GeneratedBadge provenance={best.provenance} />
            {hit.matchCount > hit.matches.length && (
              <Text fz="xs" c="dimmed">
                {hit.matchCount} matching {isVideo ? 'shots' : 'passages'}, the best {hit.matches.length} shown
              </Text>
            )}
            <UsageTerms hit={hit} />
            <EntityChips entities={entitiesOf(hit)} isChosen={isChosenEntity} onToggle={onToggleEntity} />
            <div className="card-foot">
              <SimilarLink documentId={best.documentId} kind={best.kind} />
              <Folded hit={hit} />
              {weights ? <Explanation match={best} weights={weights} /> : <Nearness match={best} />}
            </div>
          </Stack>
        </Grid.Col>
      </Grid>
    </Box>
  );
}
