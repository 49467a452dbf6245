import type { Severity } from './severities.ts';

export interface AlarmEntry {
  readonly severity: Severity;
  /** Heading of docs/runbook.md that says what to do. */
  readonly heading: string;
  /** What is the matter, in one sentence. */
  readonly summary: string;
}

/** Every alarm there is. An alarm that is not written down here cannot be made, and the runbook has a heading for each. */
export const alarmCatalogue = {
  admitDeadLetters: {
    severity: 'page',
    heading: 'Admit: uploads in the dead letter queue',
    summary: 'Uploads arrived that admit could not take in after five attempts.',
  },
  admitQueueAge: {
    severity: 'ticket',
    heading: 'Admit: uploads wait too long',
    summary: 'The oldest upload has waited in the queue for more than fifteen minutes.',
  },
  uploadsSetAside: {
    severity: 'ticket',
    heading: 'Admit: a file crashes its worker',
    summary: 'Admitting a file crashed its worker three times: it is set aside.',
  },
  assetsSetAside: {
    severity: 'ticket',
    heading: 'Workflow: an asset crashes its worker',
    summary: 'A step crashed its worker three times with one asset: it is set aside.',
  },
  failures: {
    severity: 'page',
    heading: 'Workflow: assets in the failure queue',
    summary: 'Assets failed on their way to the index and wait to be redriven.',
  },
  workflowFailed: {
    severity: 'ticket',
    heading: 'Workflow: executions failed',
    summary: 'Executions of the workflow ended as failed.',
  },
  workflowTimedOut: {
    severity: 'page',
    heading: 'Workflow: executions timed out',
    summary: 'Executions outlasted the workflow and left their assets as processing.',
  },
  stuckAssets: {
    severity: 'page',
    heading: 'Operate: assets are stuck',
    summary: 'Assets have been processing for longer than any workflow may last.',
  },
  differencesLeft: {
    severity: 'ticket',
    heading: 'Operate: differences that nothing mends',
    summary: 'Bucket, ledger and index differ in a way that the reconciliation could not mend.',
  },
  backfillFailed: {
    severity: 'ticket',
    heading: 'Operate: a backfill failed',
    summary: 'The walk of a backfill over what lies in the bucket ended before its end.',
  },
  releasesOverdue: {
    severity: 'ticket',
    heading: 'Operate: releases are not told',
    summary: 'An embargo ended more than ten minutes ago and nobody was told of it.',
  },
  functionErrors: {
    severity: 'ticket',
    heading: 'Function: errors',
    summary: 'A function threw.',
  },
  functionThrottles: {
    severity: 'ticket',
    heading: 'Function: throttled',
    summary: 'A function was refused a place to run.',
  },
  endpointServerErrors: {
    severity: 'page',
    heading: 'Model endpoint: server errors',
    summary: 'A model endpoint answered 5XX.',
  },
  endpointClientErrors: {
    severity: 'ticket',
    heading: 'Model endpoint: refused requests',
    summary: 'A model endpoint answered 4XX: a step sends what its model does not take.',
  },
  endpointLatency: {
    severity: 'ticket',
    heading: 'Model endpoint: slow answers',
    summary: 'The 95th percentile of a model’s time is above its limit.',
  },
  inferenceBacklog: {
    severity: 'ticket',
    heading: 'Shots: chunks wait too long for the endpoint',
    summary: 'The oldest chunk of a video has waited for longer than an instance takes to start and catch up.',
  },
  inferenceFailures: {
    severity: 'page',
    heading: 'Shots: inferences fail',
    summary: 'The asynchronous endpoint answered chunks of video with failures.',
  },
  inferencesExpired: {
    severity: 'ticket',
    heading: 'Shots: chunks expired in the queue',
    summary: 'Chunks of video waited for so long that the endpoint dropped them; they are sent again, twice at most.',
  },
  liveSilent: {
    severity: 'page',
    heading: 'Live: a feed is silent',
    summary: 'No frame of a feed has come for more than a minute.',
  },
  liveAway: {
    severity: 'page',
    heading: 'Live: no task runs',
    summary: 'A feed has no running task: nobody looks at it.',
  },
  liveBehind: {
    severity: 'page',
    heading: 'Live: a feed falls behind',
    summary: 'Frames of a feed wait for the model for longer than they should; at thirty seconds they are given up.',
  },
  liveRestarts: {
    severity: 'ticket',
    heading: 'Live: a task starts again and again',
    summary: 'The task of a feed has started more than twice within a quarter of an hour.',
  },
  liveUndelivered: {
    severity: 'ticket',
    heading: 'Live: shots could not be delivered',
    summary: 'An event or a clip of a feed was given up after minutes of tries.',
  },
  captionBudget: {
    severity: 'ticket',
    heading: 'Describe: captions near their budget',
    summary: 'A desk has spent most of what it may spend on captions today; at the limit its pictures wait.',
  },
  captionProviderAway: {
    severity: 'ticket',
    heading: 'Describe: the caption provider does not answer',
    summary: 'The caption provider failed so often that it is not asked; pictures without words wait.',
  },
  captionsWaitTooLong: {
    severity: 'ticket',
    heading: 'Describe: captions wait too long',
    summary: 'Pictures without words have been due for their captions for more than two days.',
  },
  searchErrors: {
    severity: 'page',
    heading: 'Search: errors',
    summary: 'Searches ended with an error.',
  },
  searchDegraded: {
    severity: 'ticket',
    heading: 'Search: degraded answers',
    summary: 'Searches were answered without a part that did not respond.',
  },
  searchLatency: {
    severity: 'ticket',
    heading: 'Search: slow answers',
    summary: 'The 95th percentile of a search is above its limit.',
  },
  apiServerErrors: {
    severity: 'page',
    heading: 'API: server errors',
    summary: 'The HTTP API answered 5XX.',
  },
  searchCapacity: {
    severity: 'ticket',
    heading: 'Search: collection near its capacity',
    summary: 'OpenSearch Serverless uses most of the capacity units that the account allows for searching.',
  },
  indexingCapacity: {
    severity: 'ticket',
    heading: 'Index: collection near its capacity',
    summary: 'OpenSearch Serverless uses most of the capacity units that the account allows for indexing.',
  },
} as const satisfies Record<string, AlarmEntry>;
export type AlarmKind = keyof typeof alarmCatalogue;

export const runbook = 'docs/runbook.md';

/** The anchor that GitHub gives to a heading: lower case, punctuation dropped, spaces as hyphens. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .replace(/\s/g, '-');
}
