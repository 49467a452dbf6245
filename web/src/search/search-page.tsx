import { Alert, Box, Button, Grid, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo } from 'react';
import { useLocation, useSearchParams } from 'react-router';
import type { Hit, SearchResponse } from '../../../lambdas/contracts/search.ts';
import { getStatus } from '../api/client.ts';
import { useSession } from '../session/session.tsx';
import { ActiveFilters } from './active-filters.tsx';
import {
  filterCount,
  isChosen,
  readAddress,
  type SearchAddress,
  toggled,
  withoutFilters,
  withWords,
  writeAddress,
} from './address.ts';
import { AnswerCount, Degraded, Freshness } from './answer-notices.tsx';
import { FilterDrawer } from './filter-drawer.tsx';
import { Filters } from './filters.tsx';
import { somewhatNear } from './nearness.ts';
import { QueryChips } from './query-chips.tsx';
import { ResultList } from './result-list.tsx';
import type { Weaker } from './result-rows.ts';
import { SavedSearches } from './saved-searches.tsx';
import { SearchBox } from './search-box.tsx';
import { SimilarTo } from './similar-to.tsx';
import { useSearch } from './use-search.ts';

/** Below this width the filters are in a drawer. */
const narrow = '(max-width: 48em)';

export function SearchPage() {
  const { freshToken } = useSession();
  const [parameters, setParameters] = useSearchParams();
  const { search } = useLocation();
  const address = readAddress(parameters);
  const isNarrow = useMediaQuery(narrow, false, { getInitialValueInEffect: false });
  const [areFiltersOpen, filterDrawer] = useDisclosure(false);
  const go = (next: SearchAddress): void => setParameters(writeAddress(next));

  const status = useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => getStatus({ token: freshToken, signal }),
    staleTime: 300_000,
  });
  const found = useSearch(address);
  const pages = found.data?.pages;
  const answer = pages?.[0];
  const hits = useMemo(() => pages?.flatMap((page) => page.hits) ?? [], [pages]);
  // They belong below the last hit, and so wait for it.
  const nearMisses = useMemo(() => (found.hasNextPage ? [] : (answer?.nearMisses ?? [])), [found.hasNextPage, answer]);
  const weaker = useMemo(() => answer && weakerFrom(answer, hits, address.similar), [answer, hits, address.similar]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = found;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  useEffect(() => {
    document.title = address.q ? `${address.q} – Wirescope` : address.similar ? 'Similar – Wirescope' : 'Wirescope';
  }, [address.q, address.similar]);

  const filters = <Filters address={address} facets={answer?.facets} desks={status.data?.desks ?? []} onChange={go} />;
  return (
    <Stack gap="md">
      <Title order={1} className="skip-link">
        Search the archive
      </Title>
      <SearchBox words={address.q} onSearch={(words) => go(withWords(address, words))} />
      <QueryChips address={address} understanding={answer?.query.understanding} onChange={go} />
      <ActiveFilters address={address} facets={answer?.facets} onChange={go} />
      {address.similar && <SimilarTo documentId={address.similar} onStop="/" />}
      <Grid gap="xl">
        {!isNarrow && (
          <Grid.Col span={3}>
            <div className="filter-column">{filters}</div>
          </Grid.Col>
        )}
        <Grid.Col span={isNarrow ? 12 : 9}>
          <Stack gap="sm">
            <Group justify="space-between">
              <AnswerCount
                answer={found.isPlaceholderData ? undefined : answer}
                words={address.q}
                isFetching={found.isFetching}
              />
              <Group gap="xs">
                {isNarrow && (
                  <Button variant="default" size="compact-sm" onClick={filterDrawer.open}>
                    Filters{filterCount(address) > 0 ? ` (${filterCount(address)} on)` : ''}
                  </Button>
                )}
                <SavedSearches address={address} />
              </Group>
            </Group>
            {found.isError && (
              <Alert color="red" role="alert">
                <Group justify="space-between" gap="sm">
                  {found.error.message}
                  <Button size="compact-sm" variant="default" onClick={() => void found.refetch()}>
                    Try again
                  </Button>
                </Group>
              </Alert>
            )}
            {answer && <Degraded answer={answer} />}
            {answer && <Freshness answer={answer} answeredAt={new Date(found.dataUpdatedAt)} />}
            {answer?.total === 0 && (
              <NothingFound
                hasNearMisses={nearMisses.length > 0}
                filters={filterCount(address)}
                onRemoveFilters={() => go(withoutFilters(address))}
              />
            )}
            {found.isPending && <Awaited />}
            {/* What stands here answers the search before until this one is answered. */}
            <Box className={found.isPlaceholderData ? 'out-of-date' : undefined} aria-busy={found.isPlaceholderData}>
              <ResultList
                hits={hits}
                nearMisses={nearMisses}
                weaker={weaker}
                weights={address.q && !address.similar ? answer?.query.weights : undefined}
                query={address.q}
                search={search}
                isChosenEntity={(filter) => isChosen(address, 'entity', filter)}
                onToggleEntity={(filter) => go(toggled(address, 'entity', filter))}
                onNearEnd={more}
              />
            </Box>
            {isFetchingNextPage && <Text role="status">Loading more…</Text>}
          </Stack>
        </Grid.Col>
      </Grid>
      <FilterDrawer isOpen={isNarrow && areFiltersOpen} onClose={filterDrawer.close}>
        {filters}
      </FilterDrawer>
    </Stack>
  );
}

/** The first answer's place, so that a slow one is seen to be on its way. */
const Awaited = () => (
  <Stack gap="sm" aria-hidden="true">
    {[150, 220, 150].map((height, row) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: they never change
      <Skeleton key={row} h={height} />
    ))}
  </Stack>
);

/** Where the hits become weaker: below the answer's own line, or too far from the document that they are compared with. */
function weakerFrom(answer: SearchResponse, hits: readonly Hit[], similar: string | undefined): Weaker | undefined {
  if (similar === undefined) return { line: 'lessSure', from: answer.sureTotal };
  const from = hits.findIndex(({ matches: [best] }) => (best?.explanation.vectorScore ?? 1) < somewhatNear);
  return from < 0 ? undefined : { line: 'lessAlike', from };
}

function NothingFound({
  hasNearMisses,
  filters,
  onRemoveFilters,
}: {
  hasNearMisses: boolean;
  filters: number;
  onRemoveFilters: () => void;
}) {
  return (
    <Stack gap="xs" align="start">
      <Text>
        {hasNearMisses
          ? 'Nothing in the archive surely answers this; what comes nearest is below.'
          : 'Nothing in the archive answers this.'}{' '}
        Try fewer or other words{filters > 0 ? ', or take the filters away' : ''}; names may be spelt another way in the
        archive.
      </Text>
      {filters > 0 && (
        <Button size="compact-sm" variant="default" onClick={onRemoveFilters}>
          Search without the {filters === 1 ? 'filter' : `${filters} filters`}
        </Button>
      )}
    </Stack>
  );
}
