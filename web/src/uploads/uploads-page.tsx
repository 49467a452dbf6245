import { Alert, Box, Button, NativeSelect, Progress, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useDropzone } from 'react-dropzone';
import { getStatus, listUploads } from '../api/client.ts';
import { WideTable } from '../parts/wide-table.tsx';
import { useSession } from '../session/session.tsx';
import { type Sending, send } from './send.ts';
import { isOnItsWay, UploadRow } from './upload-row.tsx';

const pollMilliseconds = 1500;

export function UploadsPage() {
  const { freshToken } = useSession();
  const queries = useQueryClient();
  const how = { token: freshToken };
  const status = useQuery({ queryKey: ['status'], queryFn: () => getStatus(how), staleTime: 300_000 });
  const desks = status.data?.desks ?? [];
  const [chosen, setChosen] = useState<string>();
  const desk = chosen ?? desks[0];
  const [sending, setSending] = useState<Sending[]>([]);

  const uploads = useQuery({
    queryKey: ['uploads', desk],
    enabled: desk !== undefined,
    queryFn: ({ signal }) => listUploads(desk ?? '', { ...how, signal }),
    refetchInterval: (query) => {
      const known = new Set(query.state.data?.uploads.map((upload) => upload.key));
      const isAwaited = sending.some((one) => one.key && !known.has(one.key) && !one.problem);
      return isAwaited || query.state.data?.uploads.some(isOnItsWay) ? pollMilliseconds : 15_000;
    },
  });

  async function drop(files: readonly File[]): Promise<void> {
    if (!desk) return;
    const batch = crypto.randomUUID();
    const entries = files.map((file) => ({ file, id: crypto.randomUUID() }));
    setSending((others) => [...entries.map(({ file, id }) => ({ id, fileName: file.name, sent: 0 })), ...others]);
    // One at a time: the line from a stadium is narrow, and half of two files is worth less than one.
    for (const { file, id } of entries)
      await send(file, desk, batch, how, (change) =>
        setSending((all) => all.map((one) => (one.id === id ? { ...one, ...change } : one))),
      );
    await queries.invalidateQueries({ queryKey: ['uploads', desk] });
  }
  const { getRootProps, getInputProps, isDragActive, open } = useDropzone({
    onDrop: (files) => void drop(files),
    disabled: !desk,
    noClick: true,
    noKeyboard: true,
  });

  const arrived = new Set(uploads.data?.uploads.map((upload) => upload.key));
  const underWay = sending.filter((one) => one.problem || !one.key || !arrived.has(one.key));
  return (
    <Stack gap="lg">
      <Title order={1} fz="h2">
        Uploads
      </Title>
      <NativeSelect
        label="Desk"
        maw={260}
        data={[...desks]}
        value={desk ?? ''}
        onChange={(event) => setChosen(event.currentTarget.value)}
      />
      <Box {...getRootProps()} p="xl" ta="center" className="drop-zone" mod={{ dragged: isDragActive }}>
        <input {...getInputProps({ 'aria-label': 'Files to upload' })} />
        <Text mb="sm">
          Drop photos, video and stories here; a sidecar (<code>NAME.ninjs.json</code>, <code>NAME.shotlist.txt</code>)
          goes with its file.
        </Text>
        <Button onClick={open} disabled={!desk}>
          Choose files
        </Button>
      </Box>
      {underWay.length > 0 && (
        <Stack gap="xs" component="section" aria-label="Being sent">
          {underWay.map((one) => (
            <div key={one.id}>
              <Text fz="sm">
                {one.fileName}
                {one.sent === 1 && !one.problem ? ', sent: waiting for it to be admitted' : ''}
              </Text>
              {one.problem ? (
                <Alert color="red" role="alert" p="xs">
                  {one.problem}
                </Alert>
              ) : (
                <Progress value={one.sent * 100} aria-label={`${one.fileName} sent`} />
              )}
            </div>
          ))}
        </Stack>
      )}
      {uploads.isError && (
        <Alert color="red" role="alert">
          {uploads.error.message}
        </Alert>
      )}
      {uploads.data && (
        <WideTable minWidth={640}>
          <Table
            verticalSpacing="xs"
            className="table-card"
            withTableBorder
            aria-label="Uploads of this desk, newest first"
          >
            <Table.Thead>
              <Table.Tr>
                <Table.Th>File</Table.Th>
                <Table.Th>Arrived</Table.Th>
                <Table.Th>Way through the steps</Table.Th>
                <Table.Th>Outcome</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {uploads.data.uploads.map((upload) => (
                <UploadRow key={upload.uploadId} upload={upload} />
              ))}
            </Table.Tbody>
          </Table>
          {uploads.data.hiddenCount > 0 && (
            <Text p="md" fz="sm">
              {uploads.data.hiddenCount} more that this desk alone may know of before they are released.
            </Text>
          )}
          {uploads.data.uploads.length + uploads.data.hiddenCount === 0 && (
            <Text p="md">This desk has sent nothing today.</Text>
          )}
        </WideTable>
      )}
    </Stack>
  );
}
