import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { metricNames, metricNamespace } from '../../lambdas/contracts/metrics.ts';

/** A metric that a step's functions write themselves; `service` is the step's word. */
export function stepMetric(
  step: string,
  name: keyof typeof metricNames,
  statistic: string,
  period = Duration.minutes(1),
  dimensions: Readonly<Record<string, string>> = {},
): Metric {
  return new Metric({
    namespace: metricNamespace,
    metricName: metricNames[name],
    dimensionsMap: { service: step, ...dimensions },
    statistic,
    period,
    label: metricNames[name],
  });
}
