import { Alert, Button, Grid, Group, Loader, Pagination, Stack, Text, TextInput, Title } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import { getStatus, searchArchive } from '../api/client.ts';
import { useSession } from '../session/session.tsx';
import { pageSize, readAddress, type SearchAddress, toApiQuery, toggled, writeAddress } from './address.ts';
import { Filters } from './filters.tsx';
import { HitCard } from './hit-card.tsx';

const lastPage = 50;

export function SearchPage() {
  const { freshToken } = useSession();
  const [parameters, setParameters] = useSearchParams();
  const address = readAddress(parameters);
  const [words, setWords] = useState(address.q);
  useEffect(() => setWords(address.q), [address.q]);

  const go = (next: SearchAddress): void => setParameters(writeAddress(next));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    go({ ...address, q: words.trim(), page: 1 });
  };

  const status = useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => getStatus({ token: freshToken, signal }),
    staleTime: 300_000,
  });
  const search = useQuery({
    queryKey: ['search', toApiQuery(address).toString()],
    queryFn: ({ signal }) => searchArchive(toApiQuery(address), { token: freshToken, signal }),
    placeholderData: keepPreviousData,
  });
  const answer = search.data;

  useEffect(() => {
    document.title = address.q ? `${address.q} – Wirescope` : 'Wirescope';
  }, [address.q]);

  return (
    <Stack gap="lg">
      <Title order={1} className="skip-link">
        Search the archive
      </Title>
      <form onSubmit={submit}>
        <Group role="search" gap="sm" align="end">
          <TextInput
            label="Search photos, video and stories"
            placeholder="a name, a place, a mood, what a shot shows"
            type="search"
            size="md"
            flex={1}
            maxLength={512}
            value={words}
            onChange={(event) => setWords(event.currentTarget.value)}
            data-autofocus
          />
          <Button type="submit" size="md">
            Search
          </Button>
        </Group>
      </form>
      <Grid gap="xl">
        <Grid.Col span={{ base: 12, sm: 3 }}>
          <Filters address={address} facets={answer?.facets} desks={status.data?.desks ?? []} onChange={go} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, sm: 9 }}>
          <Stack gap="md">
            <Group gap="xs" role="status" aria-live="polite" mih={24}>
              {search.isFetching && <Loader size="xs" aria-label="Searching" />}
              {answer && (
                <Text fz="sm">
                  {answer.total === 0
                    ? 'Nothing found'
                    : `${answer.isTotalExact ? '' : 'At least '}${answer.total} ${answer.total === 1 ? 'result' : 'results'}`}
                  {address.q ? ` for “${address.q}”` : ', newest first'}
                </Text>
              )}
            </Group>
            {search.isError && (
              <Alert color="red" role="alert">
                {search.error.message}
              </Alert>
            )}
            {answer?.degraded.map(({ part, reason }) => (
              <Alert key={part} color="yellow" title={`Answered without ${part}`}>
                {reason}
              </Alert>
            ))}
            {answer?.total === 0 && (
              <Text>
                No asset matches well enough. Try fewer or other words, or take a filter away; names may be spelt
                another way in the archive.
              </Text>
            )}
            {answer?.hits.map((hit) => (
              <HitCard
                key={hit.assetId}
                hit={hit}
                query={address.q}
                chosenEntities={address.entity}
                onToggleEntity={(filter) => go(toggled(address, 'entity', filter))}
              />
            ))}
            {answer && answer.total > pageSize && (
              <Pagination
                total={Math.min(lastPage, Math.ceil(answer.total / pageSize))}
                value={address.page}
                onChange={(page) => go({ ...address, page })}
                getControlProps={(control) => ({ 'aria-label': `${control} page` })}
              />
            )}
          </Stack>
        </Grid.Col>
      </Grid>
    </Stack>
  );
}
