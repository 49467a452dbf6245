import { Anchor, Badge, Group, Table, Text } from '@mantine/core';
import { Link } from 'react-router';
import type { UploadStatus } from '../../../lambdas/contracts/api.ts';
import { stepSchema } from '../../../lambdas/contracts/assets.ts';
import { dateTimeOf, timeOf } from '../parts/dates.ts';
import { ShotsProgress } from '../parts/shots-progress.tsx';

export const isOnItsWay = (upload: UploadStatus): boolean => upload.asset?.status === 'processing';

const stepWords = { started: 'under way', done: 'done', failed: 'failed', refused: 'refused' } as const;
const stepColors = { started: 'blue', done: 'green', failed: 'red', refused: 'orange' } as const;

function Steps({ upload }: { upload: UploadStatus }) {
  const { asset } = upload;
  if (!asset) return <Text fz="xs">–</Text>;
  return (
    <Group gap={4} component="ol" style={{ listStyle: 'none', padding: 0, margin: 0 }}>
      {stepSchema.options
        .filter((step) => step !== 'shots' || asset.kind === 'video')
        .map((step) => {
          const state = asset.steps[step];
          return (
            <li key={step}>
              <Badge
                size="sm"
                variant={state ? 'light' : 'outline'}
                color={state ? stepColors[state.status] : 'gray'}
                title={state?.detail}
                classNames={{ label: 'badge-words' }}
              >
                {step} {state ? stepWords[state.status] : 'waiting'}
              </Badge>
            </li>
          );
        })}
    </Group>
  );
}

function searchableFrom(asset: UploadStatus['asset']): string {
  if (asset?.release.state === 'embargoed') return `Under embargo until ${dateTimeOf(asset.release.until)}`;
  return asset?.release.state === 'withheld' ? 'Withheld: kept, shown to nobody' : 'Searchable';
}

function Outcome({ upload }: { upload: UploadStatus }) {
  const { asset } = upload;
  const reason = upload.reason ?? asset?.reason;
  if (upload.outcome === 'refused') return <Text fz="sm">Refused: {reason}</Text>;
  if (upload.outcome === 'failed') return <Text fz="sm">Failed: {reason}</Text>;
  if (upload.outcome === 'sidecar') return <Text fz="sm">Sidecar{reason ? `: ${reason}` : ''}</Text>;
  const words: Record<string, string> = {
    processing: 'Under way',
    indexed: `${searchableFrom(asset)}${asset?.documentCount === undefined ? '' : `, ${asset.documentCount} ${asset.documentCount === 1 ? 'document' : 'documents'}`}`,
    refused: 'Refused',
    failed: 'Failed',
    withdrawn: 'Withdrawn',
  };
  return (
    <Text fz="sm">
      {upload.outcome === 'duplicate' ? 'Already in the archive. ' : ''}
      {asset ? words[asset.status] : ''}
      {asset && asset.status !== 'indexed' && reason ? `: ${reason}` : ''}
    </Text>
  );
}

export function UploadRow({ upload }: { upload: UploadStatus }) {
  const isSearchable = upload.asset?.status === 'indexed' && upload.asset.release.state === 'released';
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>
        {isSearchable ? (
          <Anchor component={Link} to={`/assets/${upload.asset?.assetId}`}>
            {upload.fileName}
          </Anchor>
        ) : (
          upload.fileName
        )}
      </Table.Td>
      <Table.Td>{timeOf(upload.arrivedAt)}</Table.Td>
      <Table.Td>
        <Steps upload={upload} />
      </Table.Td>
      <Table.Td>
        <Outcome upload={upload} />
        {upload.asset?.progress && <ShotsProgress progress={upload.asset.progress} fileName={upload.fileName} />}
      </Table.Td>
    </Table.Tr>
  );
}
