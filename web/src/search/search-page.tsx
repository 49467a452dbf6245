import { Alert, Anchor, Button, Grid, Group, Stack, Text, Title } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo } from 'react';
import { Link, useLocation, useSearchParams } from 'react-router';
import { getStatus } from '../api/client.ts';
import { useSession } from '../session/session.tsx';
import { isFiltered, readAddress, type SearchAddress, toggled, withWords, writeAddress } from './address.ts';
import { AnswerCount, Degraded, Freshness } from './answer-notices.tsx';
import { FilterDrawer } from './filter-drawer.tsx';
import { Filters } from './filters.tsx';
import { QueryChips } from './query-chips.tsx';
import { ResultList } from './result-list.tsx';
import { SavedSearches } from './saved-searches.tsx';
import { SearchBox } from './search-box.tsx';
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
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = found;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  useEffect(() => {
    document.title = address.q ? `${address.q} – Wirescope` : 'Wirescope';
  }, [address.q]);

  const filters = <Filters address={address} facets={answer?.facets} desks={status.data?.desks ?? []} onChange={go} />;
  return (
    <Stack gap="md">
      <Title order={1} className="skip-link">
        Search the archive
      </Title>
      <SearchBox words={address.q} onSearch={(words) => go(withWords(address, words))} />
      <QueryChips address={address} understanding={answer?.query.understanding} onChange={go} />
      {address.similar && (
        <Group gap="xs">
          <Text fz="sm">Looking for what is similar to one document, nearest first.</Text>
          <Anchor component={Link} to="/" fz="sm">
            Stop
          </Anchor>
        </Group>
      )}
      <Grid gap="xl">
        {!isNarrow && (
          <Grid.Col span={3}>
            <div className="filter-column">{filters}</div>
          </Grid.Col>
        )}
        <Grid.Col span={isNarrow ? 12 : 9}>
          <Stack gap="sm">
            <Group justify="space-between">
              <AnswerCount answer={answer} words={address.q} isFetching={found.isFetching} />
              <Group gap="xs">
                {isNarrow && (
                  <Button variant="default" size="compact-sm" onClick={filterDrawer.open}>
                    Filters{isFiltered(address) ? ' (on)' : ''}
                  </Button>
                )}
                <SavedSearches address={address} />
              </Group>
            </Group>
            {found.isError && (
              <Alert color="red" role="alert">
                {found.error.message}
              </Alert>
            )}
            {answer && <Degraded answer={answer} />}
            {answer && <Freshness answer={answer} />}
            {answer?.total === 0 && (
              <Text>
                {nearMisses.length === 0
                  ? 'Nothing in the archive answers this.'
                  : 'Nothing in the archive surely answers this; what comes nearest is below.'}{' '}
                Try fewer or other words, or take a filter away; names may be spelt another way in the archive.
              </Text>
            )}
            <ResultList
              hits={hits}
              nearMisses={nearMisses}
              weights={address.q && !address.similar ? answer?.query.weights : undefined}
              query={address.q}
              search={search}
              chosenEntities={address.entity}
              onToggleEntity={(filter) => go(toggled(address, 'entity', filter))}
              onNearEnd={more}
            />
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
