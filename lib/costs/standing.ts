import { type Figure, hostingPrices, hoursPerMonth, prices } from './prices.ts';

/** One resource of a CloudFormation template. */
export interface TemplateResource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is whatever CloudFormation takes
  readonly Properties?: Record<string, any>;
}
/** A template's resources by their logical ids. */
export type TemplateResources = Readonly<Record<string, TemplateResource>>;

/** What costs the same every month, whether or not anything is uploaded or searched. */
export interface StandingCharge {
  what: string;
  count: number;
  dollarsPerMonth: number;
  /** Of one of them, by the hour or by the month. */
  price: Figure;
}

/** A resource is billed by the hour, and nobody has written down how much. */
export class UnknownPriceError extends Error {
  override readonly name = 'UnknownPriceError';
}

/**
 * OpenSearch capacity units that a vector collection keeps with nothing in it: half of one for each of indexing and
 * search, twice with a standby copy.
 * https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-scaling.html
 */
const leastUnits = { ENABLED: 2, DISABLED: 1 } as const;
const mebibytesPerGibibyte = 1024;
const unitsPerProcessor = 1024;

/** Types that are billed for standing there, each at one price. */
const flat = [
  ['AWS::EC2::NatGateway', 'NAT gateways', prices.natGatewayHour, hoursPerMonth],
  ['AWS::EC2::EIP', 'public addresses', prices.publicAddressHour, hoursPerMonth],
  ['AWS::KMS::Key', 'encryption keys', prices.kmsKeyMonth, 1],
  ['AWS::CloudWatch::Alarm', 'alarms', prices.alarmMonth, 1],
  ['AWS::CloudWatch::CompositeAlarm', 'composite alarms', prices.compositeAlarmMonth, 1],
  ['AWS::CloudWatch::Dashboard', 'dashboards', prices.dashboardMonth, 1],
  ['AWS::SecretsManager::Secret', 'secrets', prices.secretMonth, 1],
] as const satisfies readonly (readonly [string, string, Figure, number])[];

/**
 * The monthly floor of what the templates of one environment make: what is billed by the hour or by the month, at the
 * least that scaling leaves. What is billed by use (storage, requests, logs, transfer) is not in it, nor is any free
 * tier taken off.
 * @throws UnknownPriceError where an instance type has no price
 */
export function standingCharges(templates: readonly TemplateResources[]): StandingCharge[] {
  const all = templates.flatMap((resources) => Object.values(resources));
  const ofType = (type: string): Record<string, unknown>[] =>
    all.filter(({ Type }) => Type === type).map(({ Properties }) => Properties ?? {});
  return [
    ...templates.flatMap(instances),
    ...ofType('AWS::OpenSearchServerless::Collection').map(capacityUnits),
    ...templates.flatMap(tasks),
    ...flat.map(([type, what, price, hours]) => {
      const count = ofType(type).length;
      return { what, count, price, dollarsPerMonth: count * price.value * hours };
    }),
  ].filter(({ count }) => count > 0);
}

export const dollarsPerMonthOf = (charges: readonly StandingCharge[]): number =>
  charges.reduce((sum, { dollarsPerMonth }) => sum + dollarsPerMonth, 0);

/** Each endpoint with the instances that its scaling keeps, or that it is born with where nothing scales it. */
function instances(resources: TemplateResources): StandingCharge[] {
  const kept = new Map(
    Object.values(resources)
      .filter(({ Type }) => Type === 'AWS::ApplicationAutoScaling::ScalableTarget')
      .map(({ Properties }) => [String(Properties?.['ResourceId']).split('/')[1], Number(Properties?.['MinCapacity'])]),
  );
  return Object.values(resources)
    .filter(({ Type }) => Type === 'AWS::SageMaker::Endpoint')
    .map(({ Properties }) => {
      const name = String(Properties?.['EndpointName']);
      const configuration = resources[Properties?.['EndpointConfigName']?.['Fn::GetAtt']?.[0]];
      const [variant] = configuration?.Properties?.['ProductionVariants'] ?? [];
      const type = String(variant?.InstanceType);
      const price = hostingPrices[type];
      if (price === undefined)
        throw new UnknownPriceError(`${type}, which ${name} runs on, has no price: add it to lib/costs/prices.ts.`);
      const count = kept.get(name) ?? Number(variant?.InitialInstanceCount);
      return { what: `${type} of ${name}`, count, price, dollarsPerMonth: count * price.value * hoursPerMonth };
    });
}

function capacityUnits(collection: Record<string, unknown>): StandingCharge {
  const count = leastUnits[collection['StandbyReplicas'] === 'DISABLED' ? 'DISABLED' : 'ENABLED'];
  const price = prices.openSearchUnitHour;
  return { what: 'OpenSearch capacity units', count, price, dollarsPerMonth: count * price.value * hoursPerMonth };
}

function tasks(resources: TemplateResources): StandingCharge[] {
  return Object.values(resources)
    .filter(({ Type }) => Type === 'AWS::ECS::Service')
    .map(({ Properties }) => {
      const task = resources[Properties?.['TaskDefinition']?.['Ref']]?.Properties;
      const hour =
        (Number(task?.['Cpu']) / unitsPerProcessor) * prices.fargateProcessorHour.value +
        (Number(task?.['Memory']) / mebibytesPerGibibyte) * prices.fargateGibibyteHour.value;
      const count = Number(Properties?.['DesiredCount'] ?? 1);
      const price = { ...prices.fargateProcessorHour, value: hour };
      return { what: 'Fargate tasks, one a feed', count, price, dollarsPerMonth: count * hour * hoursPerMonth };
    });
}
