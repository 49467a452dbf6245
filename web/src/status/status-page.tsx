import { Alert, Badge, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getStatus } from '../api/client.ts';
import { WideTable } from '../parts/wide-table.tsx';
import { useSession } from '../session/session.tsx';
import { CaptionAccounts } from './caption-accounts.tsx';

const tasks: Record<string, string> = {
  shots: 'finds the cuts of a video',
  embed: 'turns texts into vectors',
  entities: 'finds names in texts and queries',
  rerank: 'reads the best hits again against the query',
};

const stateColours = { answering: 'green', 'not answering': 'red', off: 'gray', 'on demand': 'blue' } as const;

export function StatusPage() {
  const { freshToken } = useSession();
  const status = useQuery({ queryKey: ['status'], queryFn: ({ signal }) => getStatus({ token: freshToken, signal }) });
  if (status.isError)
    return (
      <Alert color="red" role="alert">
        {status.error.message}
      </Alert>
    );
  if (!status.data) return <Text role="status">Loading…</Text>;
  const { environment, models, captions } = status.data;
  return (
    <Stack gap="md">
      <Title order={1} fz="h2">
        Status
      </Title>
      <Text>
        Environment <strong>{environment}</strong>; captions by external models: <strong>{captions.provider}</strong>.
      </Text>
      <CaptionAccounts captions={captions} />
      <WideTable minWidth={600}>
        <Table className="table-card" withTableBorder aria-label="Models">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Model</Table.Th>
              <Table.Th>What it does</Table.Th>
              <Table.Th>Version</Table.Th>
              <Table.Th>Stands in for</Table.Th>
              <Table.Th>State</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {models.map((model) => (
              <Table.Tr key={model.endpoint}>
                <Table.Th scope="row">{model.name}</Table.Th>
                <Table.Td>{tasks[model.endpoint] ?? model.endpoint}</Table.Td>
                <Table.Td>{model.version}</Table.Td>
                <Table.Td>{model.standInFor ?? '–'}</Table.Td>
                <Table.Td>
                  <Badge variant="light" color={stateColours[model.state]} classNames={{ label: 'badge-words' }}>
                    {model.state}
                  </Badge>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </WideTable>
    </Stack>
  );
}
