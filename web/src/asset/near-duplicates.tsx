import { Alert, Anchor, Badge, Button, Group, Image, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link } from 'react-router';
import type { AssetResponse, NearDuplicateGroup } from '../../../lambdas/contracts/api.ts';
import { getNearDuplicates, joinNearDuplicates, splitNearDuplicate } from '../api/client.ts';
import { dayOf } from '../parts/dates.ts';
import { sizeOf } from '../parts/sizes.ts';
import { useSession } from '../session/session.tsx';

/** The asset's id in what an editor pastes: the address of its page, or the id alone. */
const assetIdIn = (pasted: string): string | undefined => /[0-9a-f]{64}/.exec(pasted)?.[0];

function Member({ member, isThis }: { member: NearDuplicateGroup['members'][number]; isThis: boolean }) {
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start">
      {member.thumbnailUrl && <Image src={member.thumbnailUrl} alt="" w={72} h={48} fit="cover" radius="sm" />}
      <Stack gap={2} style={{ minWidth: 0 }}>
        {isThis ? (
          <Text fz="sm" fw={600}>
            This one
          </Text>
        ) : (
          <Anchor component={Link} to={`/assets/${member.assetId}`} fz="sm" style={{ overflowWrap: 'anywhere' }}>
            {member.title}
          </Anchor>
        )}
        <Text fz="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {[member.fileName, sizeOf(member.bytes), member.desk, dayOf(member.arrivedAt)].join(' · ')}
        </Text>
        <Group gap={6}>
          {member.isRepresentative && (
            <Badge size="xs" variant="light">
              largest file
            </Badge>
          )}
          {member.joinedBy && (
            <Text fz="xs" c="dimmed">
              put here by {member.joinedBy}
            </Text>
          )}
        </Group>
      </Stack>
    </Group>
  );
}

function JoinForm({ kind, isBusy, join }: { kind: string; isBusy: boolean; join: (otherId: string) => void }) {
  const [pasted, setPasted] = useState('');
  const otherId = assetIdIn(pasted);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (otherId === undefined) return;
    join(otherId);
    setPasted('');
  };
  return (
    <form onSubmit={submit}>
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <TextInput
          size="xs"
          label={`Same as another ${kind}`}
          placeholder="Paste the address of its page"
          value={pasted}
          onChange={(event) => setPasted(event.currentTarget.value)}
          style={{ flex: 1 }}
        />
        <Button size="xs" variant="default" type="submit" disabled={otherId === undefined} loading={isBusy}>
          Join
        </Button>
      </Group>
    </form>
  );
}

/** The same content in other files, and an editor's last word on it. */
export function NearDuplicatesPanel({ asset }: { asset: AssetResponse }) {
  const { freshToken } = useSession();
  const queries = useQueryClient();
  const { assetId, kind } = asset;
  const queryKey = ['near-duplicates', assetId];
  const found = useQuery({
    queryKey,
    queryFn: ({ signal }) => getNearDuplicates(assetId, { token: freshToken, signal }),
  });
  const change = useMutation({
    mutationFn: (otherId: string | undefined) =>
      otherId === undefined
        ? splitNearDuplicate(assetId, { token: freshToken })
        : joinNearDuplicates(assetId, otherId, { token: freshToken }),
    onSuccess: (group) => {
      queries.setQueryData(queryKey, group);
      void queries.invalidateQueries({
        queryKey: ['near-duplicates'],
        predicate: (query) => query.queryKey[1] !== assetId,
      });
    },
  });
  const group = found.data;
  const error = change.error ?? found.error;
  const others = group ? Math.max(0, group.members.length - 1) + group.hiddenCount : 0;
  return (
    <section aria-labelledby="near-duplicates">
      <Stack gap="sm">
        <Title order={2} fz="h5" id="near-duplicates">
          Near-duplicates{others > 0 ? ` (${others})` : ''}
        </Title>
        {group && others === 0 && (
          <Text fz="sm" c="dimmed">
            {group.splitBy ? `Kept apart by ${group.splitBy}.` : 'None found.'}
          </Text>
        )}
        {group?.members.map((member) => (
          <Member key={member.assetId} member={member} isThis={member.assetId === assetId} />
        ))}
        {group && group.hiddenCount > 0 && (
          <Text fz="xs" c="dimmed">
            and {group.hiddenCount} more that cannot be shown here
          </Text>
        )}
        {others > 0 && (
          <Button
            size="xs"
            variant="default"
            onClick={() => change.mutate(undefined)}
            loading={change.isPending && change.variables === undefined}
          >
            Not the same: take this {kind} out
          </Button>
        )}
        {group && (
          <JoinForm
            kind={kind}
            isBusy={change.isPending && change.variables !== undefined}
            join={(otherId) => change.mutate(otherId)}
          />
        )}
        {error && (
          <Alert color="red" role="alert">
            {error.message}
          </Alert>
        )}
      </Stack>
    </section>
  );
}
