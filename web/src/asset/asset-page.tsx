import { Alert, Anchor, Badge, Box, Button, Grid, Group, Stack, Table, Text, Title } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link, useLocation, useNavigate, useParams, useSearchParams } from 'react-router';
import type { AssetResponse } from '../../../lambdas/contracts/api.ts';
import type { AssetKind, DocumentKind } from '../../../lambdas/contracts/assets.ts';
import { documentId } from '../../../lambdas/contracts/document-id.ts';
import { getAsset } from '../api/client.ts';
import { searchBehind } from '../parts/came-from.ts';
import { CaptionsWaiting } from '../parts/captions-waiting.tsx';
import { dayOf } from '../parts/dates.ts';
import { Highlighted } from '../parts/highlighted.tsx';
import { GeneratedBadge } from '../parts/provenance.tsx';
import { ShotsProgress } from '../parts/shots-progress.tsx';
import { SimilarLink } from '../parts/similar-link.tsx';
import { sizeOf } from '../parts/sizes.ts';
import { useSession } from '../session/session.tsx';
import { NearDuplicatesPanel } from './near-duplicates.tsx';
import { VideoView } from './video-view.tsx';

function Facts({ asset }: { asset: AssetResponse }) {
  const { rights } = asset;
  const rows: [string, string | undefined][] = [
    ['Desk', asset.desk],
    ['Made', asset.createdAt ? dayOf(asset.createdAt) : undefined],
    ['Arrived', dayOf(asset.arrivedAt)],
    ['Place', asset.place],
    ['Creator', rights.creator],
    ['Credit', rights.credit],
    ['Copyright', rights.copyright],
    ['Usage terms', rights.usageTerms],
    ['Keywords', asset.keywords.join(', ') || undefined],
    ['File', `${asset.fileName}, ${sizeOf(asset.bytes)}`],
    ['Format', asset.mediaType],
  ];
  return (
    <Table aria-label="About this asset" fz="sm">
      <Table.Tbody>
        {rows
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" w="35%" style={{ verticalAlign: 'top' }}>
                {name}
              </Table.Th>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
            </Table.Tr>
          ))}
      </Table.Tbody>
    </Table>
  );
}

const partKinds = { photo: 'photo', video: 'shot', story: 'passage' } as const satisfies Record<
  AssetKind,
  DocumentKind
>;
const partOf = ({ assetId, kind }: AssetResponse, ordinal: number) => ({
  documentId: documentId(assetId, partKinds[kind], ordinal),
  kind: partKinds[kind],
});

const progressMilliseconds = 2000;

const paragraphsApart = (text: string): string => text.replace(/\n+/g, '\n\n');

export function AssetPage() {
  const { assetId = '' } = useParams();
  const [parameters] = useSearchParams();
  const { freshToken } = useSession();
  const query = parameters.get('q') ?? '';
  const { state } = useLocation();
  const back = `/${searchBehind(state) ?? (query ? `?${new URLSearchParams({ q: query })}` : '')}`;
  const navigate = useNavigate();
  // The router numbers the pages of this tab: the first one has nothing behind it.
  const hasPageBefore = ((window.history.state as { idx?: number } | null)?.idx ?? 0) > 0;
  useHotkeys([['Escape', () => void (hasPageBefore ? navigate(-1) : navigate(back))]]);
  const found = useQuery({
    queryKey: ['asset', assetId],
    queryFn: ({ signal }) => getAsset(assetId, { token: freshToken, signal }),
    refetchInterval: (query) => (query.state.data?.progress ? progressMilliseconds : false),
  });
  const passage = parameters.get('passage');
  const asset = found.data;
  useEffect(() => {
    if (asset) document.title = `${asset.title} – Wirescope`;
    if (asset && passage) document.getElementById(`passage-${passage}`)?.scrollIntoView({ block: 'center' });
  }, [asset, passage]);

  if (found.isError)
    return (
      <Alert color="red" role="alert">
        {found.error.message}
      </Alert>
    );
  if (!asset) return <Text role="status">Loading…</Text>;
  return (
    <Stack gap="md">
      <Anchor component={Link} to={back} fz="sm">
        Back to {query ? <bdi>“{query}”</bdi> : 'the search'}
      </Anchor>
      <Group gap="sm" align="baseline">
        <Badge variant="light">{asset.kind}</Badge>
        <Title order={1} fz="h2" dir="auto" className="asset-title">
          {asset.title}
        </Title>
      </Group>
      {asset.progress && <ShotsProgress progress={asset.progress} fileName={asset.fileName} />}
      {asset.captionsWaiting && <CaptionsWaiting waiting={asset.captionsWaiting} kind={asset.kind} />}
      <Grid gap="xl">
        <Grid.Col span={{ base: 12, md: 8 }}>
          {asset.kind === 'video' && (
            <VideoView asset={asset} query={query} shotIndex={Number(parameters.get('shot') ?? 0)} />
          )}
          {asset.kind === 'photo' && asset.previewUrl && (
            <img
              src={asset.previewUrl}
              alt={asset.passages[0]?.text || asset.title}
              style={{ maxWidth: '100%', maxHeight: '75vh', borderRadius: 6 }}
            />
          )}
          <Stack gap="sm" mt="md" maw="68ch">
            {asset.passages.map(({ ordinal, text, provenance }) => (
              <Box key={ordinal} id={`passage-${ordinal}`}>
                <Text component="div" dir="auto">
                  <Highlighted text={paragraphsApart(text)} query={query} />
                </Text>
                <GeneratedBadge provenance={provenance} />
                {asset.kind !== 'video' && (
                  <Text component="div" fz="sm">
                    <SimilarLink {...partOf(asset, ordinal)} />
                  </Text>
                )}
              </Box>
            ))}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Stack gap="md">
            <Facts asset={asset} />
            <section aria-label="Names">
              <Group gap={6}>
                {asset.entities.slice(0, 20).map((entity) => (
                  <Button
                    key={`${entity.label}:${entity.key}`}
                    component={Link}
                    to={`/?${new URLSearchParams({ entity: `${entity.label}:${entity.key}` })}`}
                    size="compact-xs"
                    radius="xl"
                    variant="default"
                  >
                    <bdi>{entity.text}</bdi>
                  </Button>
                ))}
              </Group>
            </section>
            <NearDuplicatesPanel key={asset.assetId} asset={asset} />
            <Button component="a" href={asset.originalUrl} download variant="default">
              Download the original
            </Button>
          </Stack>
        </Grid.Col>
      </Grid>
    </Stack>
  );
}
