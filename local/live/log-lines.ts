import type { LiveEvent } from '../../lambdas/contracts/live.ts';

/** The service's lines of structured log, as a person at a terminal reads them; nothing for metrics. */
export function sentenceOf(line: string): string | undefined {
  const entry = parsed(line);
  if (entry === undefined) return line;
  if ('_aws' in entry) return undefined;
  const { message } = entry;
  switch (message) {
    case 'started':
      return `reading ${entry['source']} (${entry['mode']})`;
    case 'published':
      return eventSentence(entry['event'] as LiveEvent);
    case 'filed':
      return undefined;
    case 'gap':
      return undefined;
    case 'disconnected':
      return `the feed is gone (${entry['complaint']}); trying again in ${(Number(entry['waitMilliseconds']) / 1000).toFixed(1)} s`;
    case 'ending':
      return `ending: ${entry['reason']}`;
    default:
      return `${message}${entry['error'] === undefined ? '' : `: ${(entry['error'] as { message?: string }).message}`}`;
  }
}

function eventSentence({ type, detail }: LiveEvent): string {
  switch (type) {
    case 'Shot Ended':
      return `${detail.startTimecode} - ${detail.endTimecode}  shot ${detail.index}, ${detail.durationSeconds.toFixed(1)} s, begins by ${detail.transitionIn.kind}, ends by ${detail.endReason}`;
    case 'Feed Gap Began':
      return `${detail.since}  gap (${detail.cause})`;
    case 'Feed Gap Ended':
      return `${detail.until}  the gap lasted ${detail.durationSeconds.toFixed(1)} s`;
  }
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
