import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import type { metricNames } from '../../lambdas/contracts/metrics.ts';
import type { Deployment } from '../config/deployment.ts';
import { Alarms, onePeriod } from '../monitoring/alarms.ts';
import { PathDashboard } from '../monitoring/path-dashboard.ts';
import { stepMetric } from '../monitoring/step-metrics.ts';
import { AlarmTopic } from '../resources/alarm-topic.ts';
import type { ApiStack } from './api.ts';
import type { LiveStack } from './live.ts';
import type { ModelsStack } from './models.ts';
import type { PipelineStack } from './pipeline.ts';

/** Longer than any segment of a playlist; and four windows, of which thirty seconds are given up. */
const silentSeconds = 60;
const behindSeconds = 8;
/** Its timer runs each minute. */
const releaseOverdueLimitSeconds = 10 * 60;
const queueAgeLimitSeconds = 15 * 60;
/** Money comes with each new day: what is due for longer is more than the budget pays for, or stuck. */
const captionsWaitLimitHours = 48;
/** A model's latency is measured in microseconds: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html */
const microsecondsPerMillisecond = 1000;
/** Time to raise the ceiling before writes and searches are refused. */
const capacityShareLimit = 0.8;

export interface MonitoringStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly models: ModelsStack;
  readonly pipeline: PipelineStack;
  readonly api: ApiStack;
  readonly live: LiveStack | undefined;
}

/** Alarms with their topic, and the dashboard. */
export class MonitoringStack extends Stack {
  readonly alarms: Alarms;

  constructor(scope: Construct, id: string, props: MonitoringStackProps) {
    super(scope, id, props);
    const { environment } = props.deployment;
    const { topic } = new AlarmTopic(this, 'Alarm', {
      environmentName: environment.name,
      email: environment.alarmEmail,
    });
    this.alarms = new Alarms(this, 'Alarms', { environmentName: environment.name, action: new SnsAction(topic) });
    this.watchQueues(props.pipeline);
    this.watchWorkflow(props.pipeline);
    this.watchFunctions(props);
    this.watchEndpoints(props);
    this.watchInference(props);
    this.watchCaptions(props);
    this.watchSearch(props);
    this.watchLive(props.live);
    const composites = this.alarms.sumUp();
    new PathDashboard(this, 'Path', {
      environmentName: environment.name,
      pipeline: props.pipeline,
      api: props.api,
      models: props.models,
      composites,
      alarms: this.alarms.all,
    });
    new CfnOutput(this, 'AlarmTopicArn', { value: topic.topicArn });
  }

  private watchQueues({ admit, failureQueue }: PipelineStack): void {
    const waiting = { period: onePeriod, statistic: 'Maximum' };
    this.alarms.add('admitDeadLetters', {
      metric: admit.queue.deadLetters.metricApproximateNumberOfMessagesVisible(waiting),
      above: 0,
    });
    this.alarms.add('admitDeadLetters', {
      of: 'backfill',
      metric: admit.backfillQueue.deadLetters.metricApproximateNumberOfMessagesVisible(waiting),
      above: 0,
    });
    this.alarms.add('admitQueueAge', {
      metric: admit.queue.metricApproximateAgeOfOldestMessage(waiting),
      above: queueAgeLimitSeconds,
    });
    this.alarms.add('uploadsSetAside', { metric: stepMetric('admit', 'setAside', 'Sum'), above: 0 });
    this.alarms.add('assetsSetAside', { metric: stepMetric('workflow', 'setAside', 'Sum'), above: 0 });
    this.alarms.add('failures', {
      metric: failureQueue.metricApproximateNumberOfMessagesVisible(waiting),
      above: 0,
    });
  }

  private watchWorkflow({ workflow, backfill }: PipelineStack): void {
    this.alarms.add('backfillFailed', {
      metric: backfill.stateMachine.metricFailed({ period: onePeriod }),
      above: 0,
    });
    this.alarms.add('workflowFailed', { metric: workflow.stateMachine.metricFailed({ period: onePeriod }), above: 0 });
    this.alarms.add('workflowTimedOut', {
      metric: workflow.stateMachine.metricTimedOut({ period: onePeriod }),
      above: 0,
    });
    this.alarms.add('differencesLeft', {
      metric: stepMetric('operate', 'differencesLeft', 'Maximum', Duration.minutes(5)),
      above: 0,
    });
    this.alarms.add('releasesOverdue', {
      metric: stepMetric('operate', 'releaseOverdue', 'Maximum'),
      above: releaseOverdueLimitSeconds,
    });
    this.alarms.add('stuckAssets', {
      metric: stepMetric('operate', 'stuckAssets', 'Maximum', Duration.minutes(5)),
      above: 0,
    });
  }

  private watchFunctions({ pipeline, api }: MonitoringStackProps): void {
    const functions = [
      pipeline.admit.function,
      ...pipeline.shots.all,
      pipeline.describe.function,
      pipeline.enrich.function,
      pipeline.indexStep.function,
      pipeline.indexStep.sweeper,
      pipeline.workflow.recorder,
      pipeline.operate.function,
      ...(pipeline.captionLate === undefined ? [] : [pipeline.captionLate.function]),
      pipeline.withdraw.function,
      pipeline.reconcile.function,
      pipeline.release.function,
      pipeline.backfill.function,
      api.search.function,
      api.search.vocabulary,
      api.serve.function,
    ];
    for (const watched of functions) {
      // A single error is retried by what called it; two of three minutes with errors are a fault.
      this.alarms.add('functionErrors', {
        of: watched.shortName,
        metric: watched.metricErrors({ period: onePeriod }),
        above: 0,
        periods: 3,
        breaching: 2,
      });
      this.alarms.add('functionThrottles', {
        of: watched.shortName,
        metric: watched.metricThrottles({ period: onePeriod }),
        above: 0,
        periods: 3,
        breaching: 2,
      });
    }
  }

  private watchEndpoints({ deployment, models }: MonitoringStackProps): void {
    for (const [name, endpoint] of Object.entries(models.endpoints)) {
      const settings = deployment.environment.models[name as keyof typeof models.endpoints];
      if (settings === undefined) continue;
      const { latencyLimitMilliseconds } = settings;
      this.alarms.add('endpointServerErrors', {
        of: name,
        metric: endpoint.metric('Invocation5XXErrors', 'Sum'),
        above: 0,
        periods: 3,
        breaching: 2,
      });
      this.alarms.add('endpointClientErrors', {
        of: name,
        metric: endpoint.metric('Invocation4XXErrors', 'Sum'),
        above: 0,
        periods: 5,
        breaching: 3,
      });
      this.alarms.add('endpointLatency', {
        of: name,
        metric: endpoint.metric('ModelLatency', 'p95'),
        above: latencyLimitMilliseconds * microsecondsPerMillisecond,
        periods: 5,
        breaching: 3,
      });
    }
  }

  /** What waits for the asynchronous endpoint, and what it gave up. */
  private watchInference({ deployment, models }: MonitoringStackProps): void {
    const { shots } = models.endpoints;
    this.alarms.add('inferenceBacklog', {
      metric: shots.backlog('ApproximateAgeOfOldestRequest', 'Maximum'),
      above: deployment.environment.models.shots.backlogAgeLimitSeconds,
      periods: 5,
      breaching: 3,
    });
    this.alarms.add('inferenceFailures', {
      metric: shots.backlog('InvocationFailures', 'Sum'),
      above: 0,
      periods: 3,
      breaching: 2,
    });
    this.alarms.add('inferencesExpired', { metric: shots.backlog('ExpiredRequests', 'Sum'), above: 0 });
  }

  /** Money before it is gone, the provider, and what waits for either. */
  private watchCaptions({ deployment }: MonitoringStackProps): void {
    const { captions } = deployment.environment;
    if (captions === 'off') return;
    this.alarms.add('captionBudget', {
      metric: stepMetric('describe', 'captionBudgetUsed', 'Maximum', Duration.minutes(5)),
      above: captions.budget.alarmAtPercent,
    });
    this.alarms.add('captionProviderAway', {
      metric: stepMetric('operate', 'captionProviderAway', 'Maximum', Duration.minutes(5)),
      above: 0,
      periods: 3,
      breaching: 2,
    });
    this.alarms.add('captionsWaitTooLong', {
      metric: stepMetric('operate', 'captionsWaitingHours', 'Maximum', Duration.minutes(5)),
      above: captionsWaitLimitHours,
    });
  }

  private watchSearch({ deployment, api }: MonitoringStackProps): void {
    const { search } = deployment.environment;
    this.alarms.add('searchErrors', { metric: stepMetric('search', 'searchErrors', 'Sum'), above: 0 });
    this.alarms.add('searchDegraded', {
      metric: stepMetric('search', 'searchDegraded', 'Sum'),
      above: 0,
      periods: 5,
      breaching: 3,
    });
    this.alarms.add('searchLatency', {
      metric: stepMetric('search', 'searchLatency', 'p95'),
      above: search.latencyLimitMilliseconds,
      periods: 5,
      breaching: 3,
    });
    this.alarms.add('apiServerErrors', {
      metric: api.archiveApi.api.metricServerError({ period: onePeriod }),
      above: 0,
      periods: 3,
      breaching: 2,
    });
    // Capacity units belong to the account, not to a collection: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/monitoring-cloudwatch.html
    const capacity = (metricName: string) =>
      new Metric({
        namespace: 'AWS/AOSS',
        metricName,
        dimensionsMap: { ClientId: this.account },
        statistic: 'Maximum',
        period: Duration.minutes(5),
      });
    const above = search.maxCapacityUnits * capacityShareLimit;
    this.alarms.add('searchCapacity', { metric: capacity('SearchOCU'), above, periods: 3 });
    this.alarms.add('indexingCapacity', { metric: capacity('IndexingOCU'), above, periods: 3 });
  }

  private watchLive(stack: LiveStack | undefined): void {
    for (const { feed, service } of stack?.live?.services ?? []) {
      const metric = (name: keyof typeof metricNames, statistic: string, period = onePeriod) =>
        stepMetric('live', name, statistic, period, { feed: feed.name });
      this.alarms.add('liveSilent', { of: feed.name, metric: metric('liveSilence', 'Maximum'), above: silentSeconds });
      this.alarms.add('liveBehind', {
        of: feed.name,
        metric: metric('liveBehind', 'Maximum'),
        above: behindSeconds,
        periods: 3,
        breaching: 2,
      });
      this.alarms.add('liveRestarts', {
        of: feed.name,
        metric: metric('liveStarts', 'Sum', Duration.minutes(15)),
        above: 2,
      });
      this.alarms.add('liveUndelivered', { of: feed.name, metric: metric('liveUndelivered', 'Sum'), above: 0 });
      // A task that is not there reports nothing, so that its absence is counted for it.
      this.alarms.add('liveAway', {
        of: feed.name,
        metric: new MathExpression({
          expression: '1 - FILL(running, 0)',
          usingMetrics: { running: runningTasks(service) },
          period: onePeriod,
        }),
        above: 0,
        periods: 3,
      });
    }
  }
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html */
const runningTasks = (service: FargateService): Metric =>
  new Metric({
    namespace: 'ECS/ContainerInsights',
    metricName: 'RunningTaskCount',
    dimensionsMap: { ClusterName: service.cluster.clusterName, ServiceName: service.serviceName },
    statistic: 'Minimum',
    period: onePeriod,
  });
