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
function CountInWords({ answer, words }: { answer: SearchResponse; words: string }) {
  const { total, sureTotal, isTotalExact, underFilters, query } = answer;
  const lessSure = total - sureTotal;
  const asked = words ? (
    <>
      {' '}
      for <bdi>{quoted(words)}</bdi>
    </>
  ) : null;
  if (total === 0) return <>Nothing found{asked}</>;
  const of =
    underFilters && underFilters.assets > total ? ` of ${numberFormat.format(underFilters.assets)} assets` : '';
  return (
    <>
      {isTotalExact ? '' : 'Best '}
      {numberFormat.format(total)} {total === 1 ? 'result' : 'results'}
      {lessSure > 0 ? ` (${numberFormat.format(lessSure)} less sure)` : ''}
      {of}
      {asked ?? (isByTime(query) ? ', newest first' : '')}
    </>
  );
}

/** Neither words nor a document were asked for. */
const isByTime = ({ text, weights }: SearchResponse['query']): boolean =>
  text === '' && weights.lexical === 0 && weights.vector === 0;

/** The line above the results; it is read out when it changes. */
export function AnswerCount({
  answer,
  words,
  isFetching,
}: {
  /** Undefined while the search that is asked for has not been answered, whatever is still on the page. */
  answer: SearchResponse | undefined;
  words: string;
  isFetching: boolean;
}) {
  return (
    <Group gap="xs" role="status" aria-live="polite" mih={24} wrap="nowrap">
      {isFetching && <Loader size="xs" aria-label="Searching" />}
      <Text fz="sm" className="plain-text">
        {answer ? <CountInWords answer={answer} words={words} /> : isFetching ? 'Searching…' : ''}
      </Text>
    </Group>
  );
}

/** How far behind the uploads the answer may be. */
export function Freshness({ answer, answeredAt }: { answer: SearchResponse; answeredAt: Date }) {
  const { newestArrivedAt, visibleWithinSeconds } = answer.indexFreshness;
  const within =
    visibleWithinSeconds >= 60
      ? `about ${Math.round(visibleWithinSeconds / 60)} min`
      : `${Math.round(visibleWithinSeconds)} s`;
  return (
    <Text fz="xs" c="dimmed">
      Answered at {timeOf(answeredAt.toISOString())}; what has been indexed shows within {within}.
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
