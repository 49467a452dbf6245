import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  type CompositeAlarm,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  PeriodOverride,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { ApiStack } from '../stacks/api.ts';
import type { ModelsStack } from '../stacks/models.ts';
import type { PipelineStack } from '../stacks/pipeline.ts';
import { stepMetric } from './step-metrics.ts';

const columns = 24;
const graphHeight = 6;
const period = Duration.minutes(5);

interface PathDashboardProps {
  readonly environmentName: string;
  readonly pipeline: PipelineStack;
  readonly api: ApiStack;
  readonly models: ModelsStack;
  readonly composites: readonly CompositeAlarm[];
  readonly alarms: readonly Alarm[];
}

/** The path from upload to search, one row a step, in its order. */
export class PathDashboard extends Dashboard {
  constructor(scope: Construct, id: string, props: PathDashboardProps) {
    super(scope, id, {
      dashboardName: `wirescope-${props.environmentName}`,
      defaultInterval: Duration.hours(12),
      periodOverride: PeriodOverride.AUTO,
    });
    const { pipeline, api, models } = props;
    this.addWidgets(
      new AlarmStatusWidget({ title: 'By severity', alarms: [...props.composites], width: columns, height: 2 }),
    );
    this.addStep('admit', 'An upload is taken in, or refused for a reason', [
      [
        stepMetric('admit', 'assetsAdmitted', 'Sum', period),
        stepMetric('admit', 'duplicatesFound', 'Sum', period),
        stepMetric('admit', 'uploadsRefused', 'Sum', period),
      ],
      [pipeline.admit.queue.metricApproximateAgeOfOldestMessage({ period, statistic: 'Maximum' })],
      [pipeline.admit.queue.deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' })],
    ]);
    this.addStep('shots', 'A video is cut where its shots end', [
      [stepMetric('shots', 'shotsFound', 'Sum', period), stepMetric('shots', 'framesAnalysed', 'Sum', period)],
      [
        pipeline.shots.decode.metricDuration({ period, statistic: 'p95' }),
        models.endpoints.shots.backlog('TotalProcessingTime', 'p95'),
      ],
      [
        models.endpoints.shots.backlog('ApproximateBacklogSize', 'Maximum'),
        models.endpoints.shots.backlog('ApproximateAgeOfOldestRequest', 'Maximum'),
      ],
    ]);
    this.addStep('describe', 'Words and where they come from', [
      [
        stepMetric('describe', 'captionsPaid', 'Sum', period),
        stepMetric('operate', 'captionsWaiting', 'Maximum', period),
      ],
      [
        stepMetric('operate', 'captionSpend', 'Maximum', period),
        stepMetric('operate', 'captionSpendUnaccounted', 'Maximum', period),
      ],
      [pipeline.describe.function.metricDuration({ period, statistic: 'p95' })],
      [pipeline.describe.function.metricErrors({ period })],
    ]);
    this.addStep('enrich', 'Names and vectors', [
      [pipeline.enrich.function.metricDuration({ period, statistic: 'p95' })],
      [models.endpoints.embed.metric('ModelLatency', 'p95'), models.endpoints.entities.metric('ModelLatency', 'p95')],
      [models.endpoints.embed.metric('Invocations', 'Sum'), models.endpoints.entities.metric('Invocations', 'Sum')],
    ]);
    this.addStep('index', 'Documents, each written once', [
      [stepMetric('index', 'documentsWritten', 'Sum', period), stepMetric('index', 'assetsIndexed', 'Sum', period)],
      [stepMetric('index', 'timeToIndexed', 'p50', period), stepMetric('index', 'timeToIndexed', 'p95', period)],
      [pipeline.indexStep.function.metricErrors({ period })],
      [stepMetric('index', 'embeddingCoverage', 'Minimum', period)],
    ]);
    this.addStep('workflow', 'How paths end', [
      [
        pipeline.workflow.stateMachine.metricSucceeded({ period }),
        pipeline.workflow.stateMachine.metricFailed({ period }),
        pipeline.workflow.stateMachine.metricTimedOut({ period }),
      ],
      [
        stepMetric('workflow', 'assetsRefused', 'Sum', period),
        stepMetric('workflow', 'assetsFailed', 'Sum', period),
        stepMetric('workflow', 'assetsWithdrawn', 'Sum', period),
      ],
      [
        pipeline.failureQueue.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
        stepMetric('operate', 'stuckAssets', 'Maximum', period),
      ],
    ]);
    this.addStep('search', 'Queries and what they get', [
      [stepMetric('search', 'searchLatency', 'p50', period), stepMetric('search', 'searchLatency', 'p95', period)],
      [
        stepMetric('search', 'searchErrors', 'Sum', period),
        stepMetric('search', 'searchDegraded', 'Sum', period),
        stepMetric('search', 'searchUnfitted', 'Sum', period),
      ],
      [api.archiveApi.api.metricCount({ period }), api.archiveApi.api.metricServerError({ period })],
    ]);
    this.addWidgets(
      new AlarmStatusWidget({ title: 'Every alarm', alarms: [...props.alarms], width: columns, height: 8 }),
    );
  }

  private addStep(step: string, summary: string, graphs: readonly IMetric[][]): void {
    const width = columns / graphs.length;
    const row: IWidget[] = graphs.map((left) => new GraphWidget({ left, width, height: graphHeight, title: step }));
    this.addWidgets(new TextWidget({ markdown: `### ${step}\n${summary}`, width: columns, height: 2 }));
    this.addWidgets(...row);
  }
}
