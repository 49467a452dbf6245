import { Alert } from '@mantine/core';
import type { AssetResponse } from '../../../lambdas/contracts/api.ts';

const time = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

interface Props {
  waiting: NonNullable<AssetResponse['captionsWaiting']>;
  kind: AssetResponse['kind'];
}

/** Says why nobody has words for a picture yet, and when to look again; a sidecar with words need not wait for it. */
export function CaptionsWaiting({ waiting: { pictures, reason, dueAt }, kind }: Props) {
  const what =
    kind === 'photo'
      ? 'This photo has no words yet'
      : `${pictures} ${pictures === 1 ? 'shot has' : 'shots have'} no words yet`;
  return (
    <Alert color="blue" variant="light" role="status">
      {what}: {reason}. A caption is tried again from {time.format(new Date(dueAt))}. Until then it is found by what
      else is known of it.
    </Alert>
  );
}
