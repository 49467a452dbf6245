import { describe, expect, it } from 'vitest';
import { environments } from '../../lib/config/environments.ts';
import { environmentSchema } from '../../lib/config/schema.ts';
import { costsPerThousand } from '../../lib/costs/per-asset.ts';
import { hostingPrices, hoursPerMonth, prices } from '../../lib/costs/prices.ts';
import {
  dollarsPerMonthOf,
  standingCharges,
  type TemplateResources,
  UnknownPriceError,
} from '../../lib/costs/standing.ts';
import { usages } from '../../lib/costs/usage.ts';
import { costsInWords } from '../../lib/costs/words.ts';
import { synthesised } from './support/synthesis.ts';

const templatesOf = (name: 'dev' | 'staging' | 'prod'): TemplateResources[] => {
  const stacks = synthesised(name);
  return (['storage', 'models', 'search', 'pipeline', 'api', 'live', 'monitoring'] as const).flatMap((stack) => {
    const template = name === 'dev' && stack === 'live' ? undefined : stacks.template(stack);
    return template === undefined ? [] : [template.Resources];
  });
};

/** Billed by what is used, or not at all: a floor does not know them. */
const billedByUse =
  /^(Custom::|AWS::(IAM|S3|DynamoDB|SNS|SQS|Lambda|Logs|Events|Scheduler|StepFunctions|Cognito|CloudFront|ApiGatewayV2|ApplicationAutoScaling|CDK|CloudFormation)::|AWS::KMS::Alias|AWS::SageMaker::(Model|EndpointConfig)$|AWS::OpenSearchServerless::(SecurityPolicy|AccessPolicy)|AWS::ECS::(Cluster|TaskDefinition)|AWS::EC2::(VPC|Subnet|Route|RouteTable|SubnetRouteTableAssociation|InternetGateway|VPCGatewayAttachment|SecurityGroup|FlowLog)|AWS::XRay)/;
const counted =
  /^AWS::(SageMaker::Endpoint|OpenSearchServerless::Collection|ECS::Service|EC2::(NatGateway|EIP)|KMS::Key|CloudWatch::(Alarm|CompositeAlarm|Dashboard)|SecretsManager::Secret)$/;

describe.each(['dev', 'staging', 'prod'] as const)('the monthly floor of %s', (name) => {
  const templates = templatesOf(name);
  const charges = standingCharges(templates);

  it('knows of every type of resource whether it is billed for standing there', () => {
    const types = new Set(templates.flatMap((resources) => Object.values(resources).map(({ Type }) => Type)));
    const gateways = templates.flatMap((resources) =>
      Object.values(resources).filter(({ Type }) => Type === 'AWS::EC2::VPCEndpoint'),
    );
    // An endpoint of the gateway kind is free; one with an interface would be billed by the hour.
    for (const { Properties } of gateways) expect(Properties?.['VpcEndpointType']).toBe('Gateway');
    types.delete('AWS::EC2::VPCEndpoint');
    expect([...types].filter((type) => !billedByUse.test(type) && !counted.test(type))).toEqual([]);
  });

  it('holds each endpoint with the instances that scaling leaves', () => {
    const { models } = environmentSchema.parse(environments[name]);
    for (const word of ['embed', 'entities', 'rerank'] as const) {
      const { instanceType, minInstances } = models[word];
      const charge = charges.find(({ what }) => what === `${instanceType} of wirescope-${name}-${word}`);
      const price = hostingPrices[instanceType]?.value ?? Number.NaN;
      expect(charge).toMatchObject({ count: minInstances });
      expect(charge?.dollarsPerMonth).toBeCloseTo(minInstances * price * hoursPerMonth, 6);
    }
  });

  it('holds nothing for the asynchronous endpoint, which has no instance while nothing waits', () => {
    expect(charges.some(({ what }) => what.endsWith(`wirescope-${name}-shots`))).toBe(false);
  });

  it('names the source of every price, its day where it has one, and whether anybody read it at AWS', () => {
    for (const { price } of charges) {
      expect(price.source.length).toBeGreaterThan(10);
      if (price.ground === 'copy' && price.asOf !== undefined) expect(price.asOf).toMatch(/^20\d\d-\d\d(-\d\d)?$/);
    }
    expect(costsInWords({ environment: name, standing: charges, perThousand: [] })).toMatch(/unchecked/);
  });
});

describe('the floors', () => {
  const floor = (name: 'dev' | 'staging' | 'prod'): number => dollarsPerMonthOf(standingCharges(templatesOf(name)));

  it('rise from development over staging to production', () => {
    expect(floor('dev')).toBeLessThan(floor('staging'));
    expect(floor('staging')).toBeLessThan(floor('prod'));
  });

  it('cannot be told of an instance type without a price', () => {
    const endpoint = {
      Type: 'AWS::SageMaker::Endpoint',
      Properties: { EndpointName: 'one', EndpointConfigName: { 'Fn::GetAtt': ['Configuration', 'Name'] } },
    };
    const configuration = {
      Type: 'AWS::SageMaker::EndpointConfig',
      Properties: { ProductionVariants: [{ InstanceType: 'ml.unheard-of.large', InitialInstanceCount: 1 }] },
    };
    expect(() => standingCharges([{ Endpoint: endpoint, Configuration: configuration }])).toThrow(UnknownPriceError);
  });

  it('count half the capacity units for a collection without a standby', () => {
    const collection = (StandbyReplicas: string) => ({
      Type: 'AWS::OpenSearchServerless::Collection',
      Properties: { StandbyReplicas },
    });
    const [off, on] = ['DISABLED', 'ENABLED'].map((standby) =>
      dollarsPerMonthOf(standingCharges([{ Collection: collection(standby) }])),
    );
    expect(off).toBeCloseTo(prices.openSearchUnitHour.value * hoursPerMonth, 6);
    expect(on).toBeCloseTo(2 * (off ?? 0), 6);
  });
});

describe('a thousand assets', () => {
  const environment = environmentSchema.parse(environments.prod);

  it('cost the sum of their parts, and more with larger functions', () => {
    const usual = costsPerThousand(environment);
    expect(usual.map(({ what }) => what)).toEqual(usages.map(({ what }) => what));
    for (const { dollarsPerThousand, parts } of usual)
      expect(parts.reduce((sum, part) => sum + part.dollarsPerThousand, 0)).toBeCloseTo(dollarsPerThousand, 9);
    const { functions } = environment;
    const larger = Object.fromEntries(
      Object.entries(functions).map(([name, size]) => [name, { ...size, memoryMegabytes: 2 * size.memoryMegabytes }]),
    ) as typeof functions;
    for (const [at, cost] of costsPerThousand({ functions: larger }).entries())
      expect(cost.dollarsPerThousand).toBeGreaterThan(usual[at]?.dollarsPerThousand ?? Number.NaN);
  });
});
