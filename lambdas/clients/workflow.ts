import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { executionName } from '../contracts/keys.ts';
import type { AssetRecord } from '../contracts/ledger.ts';
import { type WorkflowInput, workflowInputSchema } from '../contracts/workflow.ts';

/** What the workflow is told of an asset; the same attempt always gives the same input, so that starts are idempotent. */
export const workflowInputOf = ({ assetId, attempt, kind, desk, original }: AssetRecord): WorkflowInput =>
  workflowInputSchema.parse({ assetId, attempt, kind, desk, original });

/** The state machine that takes an asset along the path. */
export class Workflow {
  readonly #client: SFNClient;
  readonly #stateMachineArn: string;

  constructor({ client = new SFNClient({}), stateMachineArn }: { client?: SFNClient; stateMachineArn: string }) {
    this.#client = client;
    this.#stateMachineArn = stateMachineArn;
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
