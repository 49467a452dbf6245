import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  paginateGetExecutionHistory,
  SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { executionName } from '../contracts/keys.ts';

/** An attempt of an asset on its way. */
export interface AttemptName {
  assetId: string;
  attempt: number;
}

/** A Lambda lives 15 minutes at most; the state machine's own limit for a task is half a minute longer. */
const longestTaskSeconds = 930;

/** Events after which the Lambda of a task is no longer at work. */
const taskEndings = new Set<string | undefined>(['TaskSubmitted', 'TaskSucceeded', 'TaskFailed', 'TaskTimedOut']);

/** Looks at and ends the workflow's executions; each is named after its asset and attempt. */
export class Executions {
  readonly #client: SFNClient;
  readonly #stateMachineArn: string;

  constructor({ client = new SFNClient({}), stateMachineArn }: { client?: SFNClient; stateMachineArn: string }) {
    this.#client = client;
    this.#stateMachineArn = stateMachineArn;
  }

  /** @returns undefined where no such execution was started, or Step Functions has forgotten it after 90 days. */
  async statusOf(name: AttemptName): Promise<string | undefined> {
    try {
      const { status } = await this.#client.send(new DescribeExecutionCommand({ executionArn: this.#arnOf(name) }));
      return status;
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return undefined;
      throw error;
    }
  }

  /**
   * Stops an execution. Step Functions does not stop the Lambda that a task has called.
   * @returns when the last one that may be at work must have ended.
   */
  async stop(name: AttemptName, cause: string): Promise<Date> {
    const executionArn = this.#arnOf(name);
    try {
      await this.#client.send(new StopExecutionCommand({ executionArn, error: 'Withdrawn', cause }));
    } catch (error) {
      // It has ended in between.
      if ((await this.statusOf(name)) === 'RUNNING') throw error;
    }
    let underWay = 0;
    let lastScheduled = 0;
    for await (const { events = [] } of paginateGetExecutionHistory({ client: this.#client }, { executionArn }))
      for (const { type, timestamp } of events) {
        if (type === 'TaskScheduled') {
          underWay += 1;
          lastScheduled = Math.max(lastScheduled, timestamp?.getTime() ?? Date.now());
        } else if (taskEndings.has(type)) underWay -= 1;
      }
    return underWay > 0 ? new Date(lastScheduled + longestTaskSeconds * 1000) : new Date();
  }

  #arnOf({ assetId, attempt }: AttemptName): string {
    return `${this.#stateMachineArn.replace(':stateMachine:', ':execution:')}:${executionName(assetId, attempt)}`;
  }
}
