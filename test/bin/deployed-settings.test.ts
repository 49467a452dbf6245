import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it } from 'vitest';
import { deployedSettings } from '../../bin/wirescope/deployed-settings.ts';
import { captionSettings } from '../lambdas/support/caption-settings.ts';

const lambda = mockClient(LambdaClient);
const outputs = { DescribeFunctionName: 'describe', AdmitFunctionName: 'admit' };
const deployed = (FunctionName: string, Variables: Record<string, string>) =>
  lambda.on(GetFunctionConfigurationCommand, { FunctionName }).resolves({ Environment: { Variables } });
const read = () => deployedSettings(outputs, new LambdaClient({ region: 'us-east-1' }));
afterEach(() => lambda.reset());

describe('what an estimate goes by', () => {
  it('is what the deployed functions were given, whatever this checkout says', async () => {
    deployed('describe', { CAPTIONS: JSON.stringify(captionSettings()) });
    deployed('admit', { BACKFILL_EXECUTIONS: '7' });
    expect(await read()).toEqual({ captions: captionSettings(), backfillExecutions: 7 });
  });

  it('is nothing to pay where captions are off', async () => {
    deployed('describe', { CAPTIONS: 'off' });
    deployed('admit', { BACKFILL_EXECUTIONS: '7' });
    expect(await read()).toMatchObject({ captions: 'off' });
  });

  it('is asked for again where the functions are of an older release', async () => {
    deployed('describe', { CAPTIONS: 'off' });
    deployed('admit', {});
    await expect(read()).rejects.toThrow('admit has no BACKFILL_EXECUTIONS: deploy it again.');
  });
});
