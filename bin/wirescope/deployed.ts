import { readFileSync } from 'node:fs';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { z } from 'zod';
import { environments } from '../../lib/config/environments.ts';

/** Something the operator can mend; its message is the sentence that says how. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
}

export const environmentNames = Object.keys(environments) as (keyof typeof environments)[];
export type EnvironmentName = keyof typeof environments;

/** Outputs of all stacks of an environment in one map: their names do not repeat. */
export type Outputs = Readonly<Record<string, string>>;

const outputsSchema = z.record(z.string(), z.string());
const outputsFileSchema = z.union([outputsSchema, z.record(z.string(), outputsSchema)]);
const stacksWithOutputs = ['Storage', 'Pipeline'] as const;

/** Points the AWS clients of this process at an environment, where nothing else has done so. */
export function reachEnvironment(name: EnvironmentName, variables: NodeJS.ProcessEnv = process.env): void {
  const { region, emulatorEndpoint } = environments[name] as { region?: string; emulatorEndpoint?: string };
  if (region !== undefined) variables['AWS_REGION'] ??= region;
  if (emulatorEndpoint === undefined) return;
  variables['AWS_ENDPOINT_URL'] ??= emulatorEndpoint;
  variables['AWS_ACCESS_KEY_ID'] ??= 'test';
  variables['AWS_SECRET_ACCESS_KEY'] ??= 'test';
}

/** Reads `cdk deploy --outputs-file`'s format, or one flat map. @throws OperatorError */
export function outputsFromFile(file: string): Outputs {
  try {
    const parsed = outputsFileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    const parts = Object.entries(parsed).map(([name, value]) =>
      typeof value === 'string' ? { [name]: value } : value,
    );
    return Object.assign({}, ...parts) as Outputs;
  } catch (error) {
    throw new OperatorError(`${file} holds no stack outputs: ${(error as Error).message}`, { cause: error });
  }
}

/** Asks CloudFormation. @throws OperatorError where the environment is not deployed or not within reach. */
export async function outputsFromStacks(
  name: EnvironmentName,
  client = new CloudFormationClient({}),
): Promise<Outputs> {
  const outputs: Record<string, string> = {};
  for (const stack of stacksWithOutputs) {
    const StackName = `Wirescope-${name}-${stack}`;
    const answer = await client.send(new DescribeStacksCommand({ StackName })).catch((error: Error) => {
      throw new OperatorError(`${StackName} cannot be read: ${error.message}. Is ${name} deployed and within reach?`, {
        cause: error,
      });
    });
    for (const { OutputKey, OutputValue } of answer.Stacks?.[0]?.Outputs ?? [])
      if (OutputKey !== undefined && OutputValue !== undefined) outputs[OutputKey] = OutputValue;
  }
  return outputs;
}

/** @throws OperatorError where the stacks have no such output. */
export function outputNamed(outputs: Outputs, name: string): string {
  const value = outputs[name];
  if (value === undefined) throw new OperatorError(`the stacks have no output ${name}: deploy them again.`);
  return value;
}
