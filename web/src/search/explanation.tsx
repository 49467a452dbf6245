import { Box, Table, Text } from '@mantine/core';
import type { Match, SearchResponse } from '../../../lambdas/contracts/search.ts';
import { nearness } from './nearness.ts';

const fieldNames: Record<string, string> = {
  title: 'the title',
  text: 'the text',
  context: 'its context',
  keywords: 'the keywords',
  place: 'the place',
  people: 'the people',
  entityNames: 'the names',
};

const rank = (place: number | null): string => (place === null ? 'not among the best' : `no. ${place}`);
const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** Why a hit stands where it stands: the words and names it shares, how near it is, its place at each stage. */
export function Explanation({
  match,
  weights,
}: {
  match: Match;
  weights: SearchResponse['query']['weights'] | undefined;
}) {
  const { explanation } = match;
  const words = Object.entries(explanation.words).filter(([, found]) => found.length > 0);
  const rows: [string, string][] = [
    [
      'By words',
      `${rank(explanation.lexicalRank)}${explanation.lexicalScore === null ? ', none of the words' : ''}${weights ? `, counts ${percent(weights.lexical)}` : ''}`,
    ],
    [
      'By meaning',
      `${rank(explanation.vectorRank)}${explanation.vectorScore === null ? '' : `, ${nearness(explanation.vectorScore)} (${explanation.vectorScore.toFixed(2)})`}${weights ? `, counts ${percent(weights.vector)}` : ''}`,
    ],
    ['Together', `no. ${explanation.fusedRank}`],
    [
      'Read again with the query',
      explanation.rerankRank === null ? 'not read again' : `no. ${explanation.rerankRank} of those read`,
    ],
    ['In the end', `no. ${explanation.finalRank}`],
  ];
  return (
    <Box component="details" className="why">
      <summary>Why this hit</summary>
      {words.map(([field, found]) => (
        <Text key={field} fz="xs">
          Words in {fieldNames[field] ?? field}: <bdi>{[...new Set(found)].join(', ')}</bdi>
        </Text>
      ))}
      {explanation.matchedEntities.length > 0 && (
        <Text fz="xs">
          Names asked for: <bdi>{[...new Set(explanation.matchedEntities)].join(', ')}</bdi>
        </Text>
      )}
      {explanation.missing.length > 0 && (
        <Text fz="xs">
          Nothing here about: <bdi>{explanation.missing.join(', ')}</bdi>
        </Text>
      )}
      <Table fz="xs" withRowBorders={false} verticalSpacing={2} horizontalSpacing={6} aria-label="Place at each stage">
        <Table.Tbody>
          {rows.map(([stage, found]) => (
            <Table.Tr key={stage}>
              <Table.Th scope="row" fw={400}>
                {stage}
              </Table.Th>
              <Table.Td>{found}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}
