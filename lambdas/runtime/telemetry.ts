import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { metricNames, metricNamespace } from '../contracts/metrics.ts';

export interface Telemetry {
  logger: Logger;
  metrics: Metrics;
  tracer: Tracer;
}

/** Logs, metrics and traces of one step; `step` is the word of design: it becomes the `service` of all three. */
export function telemetryFor(step: string): Telemetry {
  return {
    logger: new Logger({ serviceName: step }),
    metrics: new Metrics({ namespace: metricNamespace, serviceName: step }),
    tracer: new Tracer({ serviceName: step }),
  };
}

/** From here on every log line and the trace carry the asset's id. */
export function followAsset(telemetry: Telemetry, assetId: string, attempt?: number): void {
  telemetry.logger.resetKeys();
  telemetry.logger.appendKeys({ assetId, ...(attempt === undefined ? {} : { attempt }) });
  if (telemetry.tracer.isTracingEnabled()) telemetry.tracer.putAnnotation('assetId', assetId);
}

export function count(telemetry: Telemetry, metric: keyof typeof metricNames, value = 1): void {
  telemetry.metrics.addMetric(metricNames[metric], MetricUnit.Count, value);
}

export function percent(telemetry: Telemetry, metric: keyof typeof metricNames, value: number): void {
  telemetry.metrics.addMetric(metricNames[metric], MetricUnit.Percent, value);
}

export function milliseconds(telemetry: Telemetry, metric: keyof typeof metricNames, value: number): void {
  telemetry.metrics.addMetric(metricNames[metric], MetricUnit.Milliseconds, value);
}

export function seconds(telemetry: Telemetry, metric: keyof typeof metricNames, value: number): void {
  telemetry.metrics.addMetric(metricNames[metric], MetricUnit.Seconds, value);
}
