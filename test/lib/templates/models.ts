import { describe, expect, it } from 'vitest';
import { modelArchiveKey } from '../../../lambdas/contracts/keys.ts';
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
        new RegExp(`/${modelArchiveKey(packages[endpoint]).replaceAll('.', '\\.')}$`),
      );
      expect(model['EnableNetworkIsolation']).toBe(true);
    });

    it('runs the configured image in the region of the deployment', () => {
      expect(one('AWS::SageMaker::Model', endpoint)['PrimaryContainer'].Image).toBe(
        environment.models[endpoint].imageUri.replace('{region}', environment.region),
      );
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

    it('scales between its limits on calls an instance', () => {
      expect(one('AWS::ApplicationAutoScaling::ScalableTarget', endpoint)).toMatchObject({
        ServiceNamespace: 'sagemaker',
        ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
        ResourceId: `endpoint/wirescope-${environment.name}-${endpoint}/variant/serving`,
        MinCapacity: environment.models[endpoint].minInstances,
        MaxCapacity: environment.models[endpoint].maxInstances,
      });
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
}
