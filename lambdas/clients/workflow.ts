import {
  ExecutionAlreadyExists,
  ExecutionStatus,
  InvalidToken,
  ListExecutionsCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { executionName } from '../contracts/keys.ts';
import type { AssetRecord } from '../contracts/ledger.ts';
import { type WorkflowInput, workflowInputSchema } from '../contracts/workflow.ts';

/** What the workflow is told of an asset; the same attempt always gives the same input, so that starts are idempotent. */
export const workflowInputOf = ({ assetId, attempt, kind, desk, original }: AssetRecord): WorkflowInput =>
  workflowInputSchema.parse({ assetId, attempt, kind, desk, original });

/** What one ListExecutions answers at most. */
const maxListed = 1000;

/** The state machine that takes an asset along the path. */
export class Workflow {
  readonly #client: SFNClient;
  readonly #stateMachineArn: string;

  constructor({ client = new SFNClient({}), stateMachineArn }: { client?: SFNClient; stateMachineArn: string }) {
    this.#client = client;
    this.#stateMachineArn = stateMachineArn;
  }

  /** How many executions run; counted no further than `upTo`, 1,000 at most. */
  async countRunning(upTo: number): Promise<number> {
    const { executions = [] } = await this.#client.send(
      new ListExecutionsCommand({
        stateMachineArn: this.#stateMachineArn,
        statusFilter: ExecutionStatus.RUNNING,
        maxResults: Math.min(upTo, maxListed),
      }),
    );
    return executions.length;
  }

  /** Starts an attempt under its own name. @returns false where it was started before: that is as good. */
  async start(asset: AssetRecord): Promise<boolean> {
    try {
      await this.#client.send(
        new StartExecutionCommand({
          stateMachineArn: this.#stateMachineArn,
          name: executionName(asset.assetId, asset.attempt),
          input: JSON.stringify(workflowInputOf(asset)),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ExecutionAlreadyExists) return false;
      throw error;
    }
  }
}

/** Step Functions takes so many characters: https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html */
const maxErrorCharacters = 256;
const maxCauseCharacters = 32_768;

/** Tasks of the workflow that wait for an answer from outside, each known by its token. */
export class WaitingTasks {
  readonly #client: SFNClient;

  constructor({ client = new SFNClient({}) }: { client?: SFNClient } = {}) {
    this.#client = client;
  }

  /** @returns false where nobody waits any more: the task timed out, was answered before, or its execution ended. */
  succeed(taskToken: string, output: object): Promise<boolean> {
    return this.#answered(this.#client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) })));
  }

  /** Ends the task with an error's name and, as a Lambda would, its sentence. @returns as `succeed`. */
  fail(taskToken: string, { name, message }: Pick<Error, 'name' | 'message'>): Promise<boolean> {
    const cause = JSON.stringify({ errorType: name, errorMessage: message.slice(0, maxCauseCharacters / 2) });
    return this.#answered(
      this.#client.send(new SendTaskFailureCommand({ taskToken, error: name.slice(0, maxErrorCharacters), cause })),
    );
  }

  async #answered(call: Promise<unknown>): Promise<boolean> {
    try {
      await call;
      return true;
    } catch (error) {
      if (error instanceof TaskDoesNotExist || error instanceof TaskTimedOut || error instanceof InvalidToken)
        return false;
      throw error;
    }
  }
}
