import { Badge, Box, Grid, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from 'react-router';
import type { Hit } from '../../../lambdas/contracts/api.ts';
import { dayOf } from '../parts/dates.ts';
import { EntityChips } from '../parts/entity-chips.tsx';
import { Highlighted } from '../parts/highlighted.tsx';
import { GeneratedBadge } from '../parts/provenance.tsx';
import { Explanation } from './explanation.tsx';

type Match = Hit['matches'][number];
const kindNames = { photo: 'Photo', video: 'Video', story: 'Story' } as const;

const linkTo = (hit: Hit, query: string, match?: Match): string => {
  const parameters = new URLSearchParams();
  if (query) parameters.set('q', query);
  if (match?.shot) parameters.set('shot', String(match.shot.index));
  if (match?.kind === 'passage') parameters.set('passage', match.documentId.split('.').at(-1) ?? '0');
  const tail = parameters.toString();
  return `/assets/${hit.assetId}${tail ? `?${tail}` : ''}`;
};

function ShotStrip({ hit, query }: { hit: Hit; query: string }) {
  const shots = hit.matches.filter((match) => match.shot);
  return (
    <ul className="shot-strip" aria-label="Best shots">
      {shots.map((match) => (
        <li key={match.documentId}>
          <Link
            className="shot"
            to={linkTo(hit, query, match)}
            aria-label={`Shot at ${match.shot?.startTimecode}: ${match.text}`}
          >
            {match.thumbnailUrl && <img src={match.thumbnailUrl} alt="" loading="lazy" />}
            <span className="timecode">{match.shot?.startTimecode}</span>
            <Text component="span" fz="xs" lineClamp={2}>
              {match.text}
            </Text>
          </Link>
        </li>
      ))}
    </ul>
  );
}

export function HitCard({
  hit,
  query,
  chosenEntities,
  onToggleEntity,
}: {
  hit: Hit;
  query: string;
  chosenEntities: readonly string[];
  onToggleEntity: (filter: string) => void;
}) {
  const [best] = hit.matches;
  if (!best) return null;
  const entities = [
    ...new Map(
      hit.matches.flatMap((match) => match.entities).map((entity) => [`${entity.label}:${entity.key}`, entity]),
    ).values(),
  ];
  const hasPicture = hit.thumbnailUrl !== undefined;
  const facts = [
    hit.desk,
    hit.createdAt ? dayOf(hit.createdAt) : `arrived ${dayOf(hit.arrivedAt)}`,
    hit.place,
    hit.rights.credit ?? hit.rights.creator,
  ].filter(Boolean);
  return (
    <Box component="article" className="hit" aria-labelledby={`title-${hit.assetId}`}>
      <Grid gap="md">
        {hasPicture && (
          <Grid.Col span={{ base: 12, xs: 4, md: 3 }}>
            <Link to={linkTo(hit, query, best)} className="thumbnail" tabIndex={-1} aria-hidden="true">
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
              <Title order={2} fz="lg" id={`title-${hit.assetId}`}>
                <Link className="hit-title" to={linkTo(hit, query, best)}>
                  {hit.title}
                </Link>
              </Title>
            </Group>
            <Text fz="sm" c="dimmed">
              {facts.join(' · ')}
            </Text>
            <Text component="div" fz="sm" lineClamp={4}>
              <Highlighted text={best.text} query={query} size="sm" />
            </Text>
            <GeneratedBadge provenance={best.provenance} />
            {hit.assetKind === 'video' && <ShotStrip hit={hit} query={query} />}
            {hit.matchCount > hit.matches.length && (
              <Text fz="xs" c="dimmed">
                {hit.matchCount} matching {hit.assetKind === 'video' ? 'shots' : 'passages'}, the best{' '}
                {hit.matches.length} shown
              </Text>
            )}
            {hit.rights.usageTerms && (
              <Text fz="xs" c="#8a3b00">
                Usage: {hit.rights.usageTerms}
              </Text>
            )}
            <EntityChips entities={entities} chosen={chosenEntities} onToggle={onToggleEntity} />
            {query && <Explanation match={best} />}
          </Stack>
        </Grid.Col>
      </Grid>
    </Box>
  );
}
