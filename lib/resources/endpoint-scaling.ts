import { Duration } from 'aws-cdk-lib';
import {
  AdjustmentType,
  MetricAggregationType,
  PredefinedMetric,
  ScalableTarget,
  ServiceNamespace,
  StepScalingAction,
} from 'aws-cdk-lib/aws-applicationautoscaling';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { ApplicationScalingAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { CfnEndpoint } from 'aws-cdk-lib/aws-sagemaker';
import type { Construct } from 'constructs';
import type { AsynchronousEndpointSettings, RealTimeEndpointSettings } from '../config/schema.ts';

const scaleOutSeconds = 60;
const scaleInSeconds = 600;
/** Two minutes of requests that nobody works on start the first instance. */
const wakingPeriods = 2;

export interface ScaledVariant {
  readonly endpoint: CfnEndpoint;
  readonly endpointName: string;
  readonly variantName: string;
}

function instancesOf(
  scope: Construct,
  { endpoint, endpointName, variantName }: ScaledVariant,
  { minInstances, maxInstances }: { minInstances: number; maxInstances: number },
): ScalableTarget {
  const target = new ScalableTarget(scope, 'Instances', {
    serviceNamespace: ServiceNamespace.SAGEMAKER,
    resourceId: `endpoint/${endpointName}/variant/${variantName}`,
    scalableDimension: 'sagemaker:variant:DesiredInstanceCount',
    minCapacity: minInstances,
    maxCapacity: maxInstances,
  });
  target.node.addDependency(endpoint);
  return target;
}

/** Instances follow the calls a minute. */
export function scaleByInvocations(scope: Construct, variant: ScaledVariant, settings: RealTimeEndpointSettings): void {
  instancesOf(scope, variant, settings).scaleToTrackMetric('Invocations', {
    predefinedMetric: PredefinedMetric.SAGEMAKER_VARIANT_INVOCATIONS_PER_INSTANCE,
    targetValue: settings.invocationsPerInstance,
    scaleOutCooldown: Duration.seconds(scaleOutSeconds),
    scaleInCooldown: Duration.seconds(scaleInSeconds),
  });
}

/**
 * Instances follow the backlog, down to none. A backlog an instance says nothing while there is no instance, so a step
 * from zero to one has a metric of its own: https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html
 */
export function scaleByBacklog(scope: Construct, variant: ScaledVariant, settings: AsynchronousEndpointSettings): void {
  const target = instancesOf(scope, variant, settings);
  const metric = (metricName: string) => backlogMetric(variant.endpointName, metricName, 'Average');
  target.scaleToTrackMetric('Backlog', {
    customMetric: metric('ApproximateBacklogSizePerInstance'),
    targetValue: settings.backlogPerInstance,
    scaleOutCooldown: Duration.seconds(scaleOutSeconds),
    scaleInCooldown: Duration.seconds(scaleInSeconds),
  });
  if (settings.minInstances > 0) return;
  const wake = new StepScalingAction(scope, 'Wake', {
    scalingTarget: target,
    adjustmentType: AdjustmentType.CHANGE_IN_CAPACITY,
    metricAggregationType: MetricAggregationType.AVERAGE,
    cooldown: Duration.seconds(scaleOutSeconds),
  });
  wake.addAdjustment({ lowerBound: 0, adjustment: 1 });
  const sleeper = new Alarm(scope, 'BacklogWithoutInstance', {
    alarmDescription: 'Starts the first instance; it is nobody’s fault and nobody is told.',
    metric: metric('HasBacklogWithoutCapacity'),
    threshold: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: wakingPeriods,
    treatMissingData: TreatMissingData.MISSING,
  });
  sleeper.addAlarmAction(new ApplicationScalingAction(wake));
}

/** Asynchronous endpoints count by the endpoint, not by its variant. */
export const backlogMetric = (endpointName: string, metricName: string, statistic: string): Metric =>
  new Metric({
    namespace: 'AWS/SageMaker',
    metricName,
    statistic,
    period: Duration.minutes(1),
    dimensionsMap: { EndpointName: endpointName },
  });
