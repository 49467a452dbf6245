import { App, type CfnElement, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { captionProviderSchema } from '../../lambdas/contracts/captions.ts';
import { environments } from '../../lib/config/environments.ts';
import { type Environment, environmentSchema } from '../../lib/config/schema.ts';
import { ArchiveFunction } from '../../lib/resources/archive-function.ts';
import { CaptionProvider } from '../../lib/resources/caption-provider.ts';
import { ContentKey } from '../../lib/resources/content-key.ts';
import { captionSettings } from '../lambdas/support/caption-settings.ts';
import { spelled } from '../lib/support/synthesis.ts';
import { lateCaptionsStack } from '../support/late-captions-stack.ts';

/** The describe function of an environment with these captions, alone in a stack. */
function describing(captions: Environment['captions']): {
  actions: string[];
  variables: Record<string, unknown>;
  template: Template;
} {
  const environment = environmentSchema.parse({ ...environments.dev, captions });
  const stack = new Stack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), 'Captions', {
    env: { region: environment.region },
  });
  const key = new ContentKey(stack, 'Key', { environmentName: 'dev', removalPolicy: RemovalPolicy.DESTROY });
  const user = new ArchiveFunction(stack, 'Describe', {
    surroundings: { environmentName: 'dev', key, logRetentionDays: 1, isTracingOn: true },
    entry: 'describe/describe-asset.lambda.ts',
    step: 'describe',
    name: 'describe',
    size: environment.functions.describe,
  });
  new CaptionProvider(stack, 'Provider', { environment, key }).grantCaptioningTo(user);
  const template = Template.fromStack(stack);
  const [policy] = Object.values(template.findResources('AWS::IAM::Policy'));
  const [lambda] = Object.values(template.findResources('AWS::Lambda::Function'));
  return {
    template,
    variables: lambda?.['Properties'].Environment.Variables,
    actions: policy?.['Properties'].PolicyDocument.Statement.flatMap(
      (statement: { Action: string | string[]; Resource: unknown }) =>
        [statement.Action].flat().map((action) => `${action} on ${spelled(statement.Resource)}`),
    ),
  };
}

describe('captions', () => {
  it('cost nothing and reach nobody where they are off', () => {
    const { actions, variables, template } = describing('off');
    expect(variables['CAPTIONS']).toBe('off');
    expect(actions.join()).not.toMatch(/secretsmanager|bedrock/);
    template.resourceCountIs('AWS::SecretsManager::Secret', 0);
  });

  it('of an API are called with a key that lies in an encrypted secret, never in the environment', () => {
    const settings = captionSettings();
    const { actions, variables, template } = describing(settings);
    expect(JSON.parse(String(variables['CAPTIONS']))).toEqual(settings);
    expect(spelled(variables['CAPTION_SECRET_ARN'])).toMatch(/^<ProviderApiKey/);
    expect(actions).toContainEqual(expect.stringMatching(/^secretsmanager:GetSecretValue on <ProviderApiKey/));
    template.hasResourceProperties('AWS::SecretsManager::Secret', { KmsKeyId: Match.anyValue() });
  });

  it('of Bedrock are allowed for one model in one region', () => {
    const provider = captionProviderSchema.parse({
      kind: 'bedrock',
      modelId: 'amazon.nova-lite-v1:0',
      region: 'eu-west-1',
    });
    const { actions, template } = describing({ ...captionSettings(), provider });
    expect(actions).toContain(
      'bedrock:InvokeModel on arn:<AWS::Partition>:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0',
    );
    template.resourceCountIs('AWS::SecretsManager::Secret', 0);
  });
});

describe('captions that come late', () => {
  it('are begun by a function that reads and writes the ledger and starts the workflow, and never asks a provider', () => {
    const { stack, late, template } = lateCaptionsStack();
    const role = stack.getLogicalId(late.function.role.node.defaultChild as CfnElement);
    const policies = Object.values(template.findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
      Properties.Roles.some((ref: { Ref: string }) => ref.Ref === role),
    );
    const actions = policies.flatMap(({ Properties }) =>
      Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string | string[] }) => [Action].flat()),
    );
    expect([...new Set(actions)].sort()).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:GenerateDataKey',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'states:StartExecution',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
    template.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'rate(5 minutes)' });
  });
});
