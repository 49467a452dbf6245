import { Alert, Group, Loader, Text } from '@mantine/core';
import type { SearchResponse } from '../../../lambdas/contracts/search.ts';
import { timeOf } from '../parts/dates.ts';

const minuteFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

const numberFormat = new Intl.NumberFormat('en-GB');

const maxWordsCharacters = 120;

/** The editor's words as a line repeats them: as many as it takes to know them again. */
const quoted = (words: string): string =>
  `“${words.length > maxWordsCharacters ? `${words.slice(0, maxWordsCharacters)}…` : words}”`;

/** How many were found of how many, and whether that is all. */
function countInWords({ total, isTotalExact, underFilters, query }: SearchResponse, words: string): string {
  if (total === 0) return `Nothing found${words ? ` for ${quoted(words)}` : ''}`;
  const found = `${isTotalExact ? '' : 'Best '}${numberFormat.format(total)} ${total === 1 ? 'result' : 'results'}`;
  const of =
    underFilters && underFilters.assets > total ? ` of ${numberFormat.format(underFilters.assets)} assets` : '';
  return `${found}${of}${words ? ` for ${quoted(words)}` : query.text === '' ? ', newest first' : ''}`;
}

/** The line above the results; it is read out when it changes. */
export function AnswerCount({
  answer,
  words,
  isFetching,
}: {
  answer: SearchResponse | undefined;
  words: string;
  isFetching: boolean;
}) {
  return (
    <Group gap="xs" role="status" aria-live="polite" mih={24}>
      {isFetching && <Loader size="xs" aria-label="Searching" />}
      {answer && (
        <Text fz="sm" className="plain-text">
          {countInWords(answer, words)}
        </Text>
      )}
    </Group>
  );
}

/** How far behind the uploads the answer may be. */
export function Freshness({ answer }: { answer: SearchResponse }) {
  const { newestArrivedAt, visibleWithinSeconds } = answer.indexFreshness;
  const within =
    visibleWithinSeconds >= 60
      ? `about ${Math.round(visibleWithinSeconds / 60)} min`
      : `${Math.round(visibleWithinSeconds)} s`;
  return (
    <Text fz="xs" c="dimmed">
      Asked at {timeOf(new Date().toISOString())}; what has been indexed shows within {within}.
      {newestArrivedAt ? ` Newest here: arrived ${minuteFormat.format(new Date(newestArrivedAt))}.` : ''}
    </Text>
  );
}

/** Parts that did not answer: what that means for the results, in words. */
export function Degraded({ answer }: { answer: SearchResponse }) {
  return answer.degraded.map(({ part, reason }) => (
    <Alert key={part} color="yellow" role="alert" title={`Answered without ${part}`} className="degraded">
      {reason}
    </Alert>
  ));
}
