import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type CaptionSettings, parseCaptionSettings } from '../../lambdas/contracts/captions.ts';
import { environmentNames } from '../../lambdas/contracts/environment.ts';
import { OperatorError, type Outputs, outputNamed } from './deployed.ts';

/** What an estimate of money and time goes by. */
export interface DeployedSettings {
  captions: CaptionSettings | 'off';
  /** Workflows that a backfill may start beside live ones. */
  backfillExecutions: number;
}

/**
 * Read from the functions that will spend, not from this checkout: that may be another release than the one deployed.
 * @throws OperatorError where they say nothing of it.
 */
export async function deployedSettings(outputs: Outputs, client = new LambdaClient({})): Promise<DeployedSettings> {
  const variable = async (output: string, name: string): Promise<string> => {
    const FunctionName = outputNamed(outputs, output);
    const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const value = Environment?.Variables?.[name];
    if (value === undefined) throw new OperatorError(`${FunctionName} has no ${name}: deploy it again.`);
    return value;
  };
  const [captions, executions] = await Promise.all([
    variable('DescribeFunctionName', environmentNames.captions),
    variable('AdmitFunctionName', environmentNames.backfillExecutions),
  ]);
  return { captions: parseCaptionSettings(captions) ?? 'off', backfillExecutions: Number(executions) };
}
