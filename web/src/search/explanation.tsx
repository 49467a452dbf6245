import { Text } from '@mantine/core';
import type { Hit } from '../../../lambdas/contracts/api.ts';

const place = (rank: number | null): string => (rank === null ? 'not found' : `no. ${rank}`);

/** Why a hit stands where it stands, in a sentence an editor can read. */
export function Explanation({ match }: { match: Hit['matches'][number] }) {
  const { explanation } = match;
  const parts = [
    `by words ${place(explanation.lexicalRank)}`,
    `by meaning ${place(explanation.vectorRank)}`,
    `together no. ${explanation.fusedRank}`,
    ...(explanation.rerankScore === null ? [] : ['read again against the query']),
    ...(explanation.matchedEntities.length > 0 ? [`names: ${explanation.matchedEntities.join(', ')}`] : []),
  ];
  return (
    <Text component="details" fz="xs" c="dimmed">
      <summary>Why is this here?</summary>
      {parts.join(' · ')} (score {match.score.toFixed(2)})
    </Text>
  );
}
