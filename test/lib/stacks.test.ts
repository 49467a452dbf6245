import { CfnOutput, Stack, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { environmentNames, newApp, type StackWord, synthesised } from './support/synthesis.ts';
import { api } from './templates/api.ts';
import { models } from './templates/models.ts';
import { monitoring } from './templates/monitoring.ts';
import { pipeline } from './templates/pipeline.ts';
import { search } from './templates/search.ts';
import { storage } from './templates/storage.ts';

const outputs: Readonly<Record<Exclude<StackWord, 'live'>, readonly string[]>> = {
  storage: ['OriginalsBucketName', 'DerivedBucketName', 'ModelsBucketName', 'LedgerTableName'],
  models: [],
  search: ['CollectionEndpoint', 'IndexName'],
  pipeline: ['WorkflowArn', 'AdmitQueueUrl', 'AdmitDeadLetterQueueUrl', 'FailureQueueUrl'],
  api: [
    'ApiId',
    'ApiUrl',
    'UserPoolId',
    'UserPoolClientId',
    'SiteBucketName',
    'DistributionId',
    'DistributionDomainName',
  ],
  monitoring: ['AlarmTopicArn'],
};
/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const maxResources = 500;

describe.each(environmentNames)('the stacks of %s', (name) => {
  const stacks = synthesised(name);

  it.each(Object.entries(outputs))('tell what %s made', (stack, expected) => {
    expect(stacks.outputs(stack as StackWord)).toEqual(expect.arrayContaining([...expected]));
  });

  it.each(Object.keys(outputs))('stay below the limit of resources with %s', (stack) => {
    expect(Object.keys(stacks.template(stack as StackWord).Resources).length).toBeLessThan(maxResources);
  });

  storage(stacks);
  models(stacks);
  search(stacks);
  pipeline(stacks);
  api(stacks);
  monitoring(stacks);
});

describe('cdk-nag', () => {
  it('stops the synthesis for a bucket that nobody has secured', () => {
    const app = newApp();
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    const stack = new Stack(app, 'Careless');
    new CfnOutput(stack, 'Name', { value: new Bucket(stack, 'Open').bucketName });
    expect(() => app.synth()).toThrow(/AwsSolutions-S1'[\s\S]*AwsSolutions-S10'/);
  });
});
