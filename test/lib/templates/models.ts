import { describe, expect, it } from 'vitest';
import type { EndpointName } from '../../../lambdas/contracts/models.ts';
import { type Synthesised, spelled } from '../support/synthesis.ts';

export function models(stacks: Synthesised): void {
  const { environment, packages } = stacks.deployment;
  const one = (type: string, endpoint: string) =>
    stacks.resources(type).find(([id]) => id.toLowerCase().startsWith(endpoint))?.[1].Properties ?? {};

  describe.each(Object.keys(packages) as EndpointName[])('the endpoint %s', (endpoint) => {
    it('serves the archive of its package, cut off from the network', () => {
      const model = one('AWS::SageMaker::Model', endpoint);
      expect(spelled(model['PrimaryContainer'].ModelDataUrl)).toMatch(
        new RegExp(`/${packages[endpoint].archiveKey.replaceAll('.', '\\.')}$`),
      );
      expect(model['EnableNetworkIsolation']).toBe(true);
    });

    it('runs the configured image in the region and account of the deployment', () => {
      expect(spelled(one('AWS::SageMaker::Model', endpoint)['PrimaryContainer'].Image)).toBe(
        environment.models[endpoint].imageUri
          .replace('{region}', environment.region)
          .replace('{account}', environment.account ?? spelled({ Ref: 'AWS::AccountId' })),
      );
    });

    it('installs nothing when it starts, since it has no network', () => {
      const { Environment: variables } = one('AWS::SageMaker::Model', endpoint)['PrimaryContainer'];
      expect(Object.keys(variables).filter((name) => name.includes('INSTALL'))).toEqual([]);
    });

    it('speaks to the server that its package names', () => {
      const variables = Object.keys(one('AWS::SageMaker::Model', endpoint)['PrimaryContainer'].Environment);
      const server = packages[endpoint]['server'];
      expect(variables.some((name) => name.startsWith(server === 'torchserve' ? 'TS_' : 'SAGEMAKER_TFS_'))).toBe(true);
    });

    it('encrypts its disk, by a key wherever the instance takes one', () => {
      const isHardwareEncrypted = /^ml\.g/.test(environment.models[endpoint].instanceType);
      expect(one('AWS::SageMaker::EndpointConfig', endpoint)['KmsKeyId'] === undefined).toBe(isHardwareEncrypted);
    });

    it('scales between its limits', () => {
      expect(one('AWS::ApplicationAutoScaling::ScalableTarget', endpoint)).toMatchObject({
        ServiceNamespace: 'sagemaker',
        ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
        ResourceId: `endpoint/wirescope-${environment.name}-${endpoint}/variant/serving`,
        MinCapacity: environment.models[endpoint].minInstances,
        MaxCapacity: environment.models[endpoint].maxInstances,
      });
    });

    if (endpoint !== 'shots')
      it('starts as many workers as its size says', () => {
        expect(one('AWS::SageMaker::Model', endpoint)['PrimaryContainer'].Environment).toMatchObject({
          TS_DEFAULT_WORKERS_PER_MODEL: String(environment.models[endpoint].workersPerInstance),
        });
      });

    if (endpoint !== 'shots')
      it('follows the calls an instance', () => {
        expect(
          one('AWS::ApplicationAutoScaling::ScalingPolicy', endpoint)['TargetTrackingScalingPolicyConfiguration'],
        ).toMatchObject({
          PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
          TargetValue: environment.models[endpoint].invocationsPerInstance,
        });
      });

    it('keeps its own name while model and configuration get names that follow their content', () => {
      expect(one('AWS::SageMaker::Endpoint', endpoint)['EndpointName']).toBe(
        `wirescope-${environment.name}-${endpoint}`,
      );
      for (const [type, property] of [
        ['AWS::SageMaker::Model', 'ModelName'],
        ['AWS::SageMaker::EndpointConfig', 'EndpointConfigName'],
      ] as const) {
        const name = one(type, endpoint)[property];
        expect(name).toMatch(new RegExp(`^wirescope-${environment.name}-${endpoint}-[0-9a-f]{12}$`));
        expect(name.length).toBeLessThanOrEqual(63);
      }
    });
  });

  describe('the asynchronous endpoint', () => {
    const topics = stacks.resources('AWS::SNS::Topic', 'models');
    const policies = stacks
      .resources('AWS::ApplicationAutoScaling::ScalingPolicy', 'models')
      .filter(([id]) => id.startsWith('Shots'))
      .map(([, { Properties }]) => Properties);

    it('leaves answers and failures in the bucket, and says so by two topics without the answers', () => {
      const { AsyncInferenceConfig: asynchronous } = one('AWS::SageMaker::EndpointConfig', 'shots');
      expect(spelled(asynchronous.OutputConfig.S3OutputPath)).toMatch(/\/inference\/shots\/output\/$/);
      expect(spelled(asynchronous.OutputConfig.S3FailurePath)).toMatch(/\/inference\/shots\/failure\/$/);
      expect(asynchronous.OutputConfig.KmsKeyId).toBeDefined();
      const { SuccessTopic, ErrorTopic, IncludeInferenceResponseIn } = asynchronous.OutputConfig.NotificationConfig;
      expect([SuccessTopic, ErrorTopic].map(spelled).sort()).toEqual(topics.map(([id]) => `<${id}>`).sort());
      expect(IncludeInferenceResponseIn).toBeUndefined();
      expect(asynchronous.ClientConfig.MaxConcurrentInvocationsPerInstance).toBe(
        environment.models.shots.requestsAtOnce,
      );
    });

    it('speaks by encrypted topics that take messages by TLS only', () => {
      for (const [id, { Properties }] of topics) {
        expect(spelled(Properties['KmsMasterKeyId'])).toContain('Key');
        const [, policy] =
          stacks
            .resources('AWS::SNS::TopicPolicy')
            .find(([, other]) => other.Properties['Topics'].map(spelled).includes(`<${id}>`)) ?? [];
        expect(policy?.Properties['PolicyDocument'].Statement).toContainEqual(
          expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        );
      }
    });

    it('calls one function with the messages of both', () => {
      const subscriptions = stacks.resources('AWS::SNS::Subscription').map(([, { Properties }]) => Properties);
      const called = subscriptions
        .filter(({ Protocol }) => Protocol === 'lambda')
        .map(({ Endpoint }) => spelled(Endpoint));
      expect(called).toHaveLength(2);
      for (const endpoint of called) expect(endpoint).toMatch(/^<ShotsReturn/);
    });

    it('goes down to no instance, follows its backlog, and wakes for the first request', () => {
      expect(one('AWS::ApplicationAutoScaling::ScalableTarget', 'shots')['MinCapacity']).toBe(0);
      const tracking = policies.find(({ PolicyType }) => PolicyType === 'TargetTrackingScaling');
      expect(tracking?.['TargetTrackingScalingPolicyConfiguration']).toMatchObject({
        CustomizedMetricSpecification: {
          Namespace: 'AWS/SageMaker',
          MetricName: 'ApproximateBacklogSizePerInstance',
          Statistic: 'Average',
          Dimensions: [{ Name: 'EndpointName', Value: `wirescope-${environment.name}-shots` }],
        },
        TargetValue: environment.models.shots.backlogPerInstance,
      });
      const waking = policies.find(({ PolicyType }) => PolicyType === 'StepScaling');
      expect(waking?.['StepScalingPolicyConfiguration']).toMatchObject({
        AdjustmentType: 'ChangeInCapacity',
        StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
      });
      const [[, alarm] = []] = stacks.resources('AWS::CloudWatch::Alarm', 'models');
      expect(alarm?.Properties).toMatchObject({
        MetricName: 'HasBacklogWithoutCapacity',
        Dimensions: [{ Name: 'EndpointName', Value: `wirescope-${environment.name}-shots` }],
        Threshold: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      });
      expect(alarm?.Properties['AlarmActions']).toHaveLength(1);
    });
  });
}
