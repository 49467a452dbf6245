import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  ListMapRunsCommand,
  paginateListExecutions,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { ArrivalQueue } from '../../lambdas/clients/arrival-queue.ts';
import type { BackfillInput } from '../../lambdas/contracts/backfill.ts';
import type { Progress } from './progress-bar.ts';

export interface BackfillClients {
  sfn: SFNClient;
  stateMachineArn: string;
  queue: Pick<ArrivalQueue, 'depth'>;
}

/** How a backfill ended. */
export interface BackfillEnd {
  executionArn: string;
  /** Whether this call began it; otherwise one of the same source was running. */
  isNew: boolean;
  status: string;
  cause?: string | undefined;
  /** Objects that the map has dealt with, and those that it could not. */
  dealtWith: number;
  failed: number;
  /** Uploads that are still to be admitted. */
  waiting: number;
}

const pollMilliseconds = 1_000;
const nameCharacters = 24;

/** Executions of one source begin alike, so that a second start finds the one that runs. */
const sourceName = (source: BackfillInput): string =>
  createHash('sha256').update(JSON.stringify(source)).digest('hex').slice(0, nameCharacters);

/** Begins a backfill, unless one of the same source runs, and looks on until it has fed everything. */
export async function runBackfill(
  clients: BackfillClients,
  source: BackfillInput,
  { progress, total }: { progress: Progress; total: number },
): Promise<BackfillEnd> {
  const { sfn, stateMachineArn, queue } = clients;
  const running = await runningOf(clients, sourceName(source));
  const executionArn =
    running ??
    (
      await sfn.send(
        new StartExecutionCommand({
          stateMachineArn,
          name: `${sourceName(source)}-${randomUUID()}`,
          input: JSON.stringify(source),
        }),
      )
    ).executionArn ??
    '';
  for (;;) {
    const { status = '', cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    const { dealtWith, failed } = await countsOf(sfn, executionArn);
    const waiting = await queue.depth();
    progress.set(Math.min(dealtWith, total), `${waiting} wait to be admitted`);
    if (status !== 'RUNNING')
      return { executionArn, isNew: running === undefined, status, cause, dealtWith, failed, waiting };
    await delay(pollMilliseconds);
  }
}

async function runningOf({ sfn, stateMachineArn }: BackfillClients, name: string): Promise<string | undefined> {
  const pages = paginateListExecutions({ client: sfn }, { stateMachineArn, statusFilter: 'RUNNING' });
  for await (const { executions = [] } of pages)
    for (const execution of executions) if (execution.name?.startsWith(`${name}-`)) return execution.executionArn;
  return undefined;
}

async function countsOf(sfn: SFNClient, executionArn: string): Promise<{ dealtWith: number; failed: number }> {
  const { mapRuns = [] } = await sfn.send(new ListMapRunsCommand({ executionArn }));
  let [dealtWith, failed] = [0, 0];
  for (const { mapRunArn } of mapRuns) {
    const { itemCounts } = await sfn.send(new DescribeMapRunCommand({ mapRunArn }));
    const lost = (itemCounts?.failed ?? 0) + (itemCounts?.timedOut ?? 0) + (itemCounts?.aborted ?? 0);
    dealtWith += (itemCounts?.succeeded ?? 0) + lost;
    failed += lost;
  }
  return { dealtWith, failed };
}

export const isComplete = ({ status, failed }: BackfillEnd): boolean => status === 'SUCCEEDED' && failed === 0;

export function endInWords(end: BackfillEnd): string {
  const { status, cause, dealtWith, failed, waiting } = end;
  if (status !== 'SUCCEEDED')
    return `The backfill ended as ${status}${cause === undefined ? '' : `: ${cause}`}. Begin it again: it goes on where it stopped.`;
  return [
    `${dealtWith} objects dealt with, ${failed} of them not fed${failed === 0 ? '' : ': begin it again for those'}.`,
    waiting === 0 ? 'All of them were taken in.' : `${waiting} wait and are admitted as live uploads leave room.`,
  ].join('\n');
}
