import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import {
  Choice,
  Condition,
  DefinitionBody,
  DistributedMap,
  type IItemReader,
  ItemBatcher,
  JitterType,
  JsonPath,
  LogLevel,
  ResultWriterV2,
  S3ManifestItemReader,
  S3ObjectsItemReader,
  StateMachine,
  StateMachineType,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { backfillResultsPrefix, queueDeepErrorName } from '../../../lambdas/contracts/backfill.ts';
import { environmentNames } from '../../../lambdas/contracts/environment.ts';
import { backfillPrefix } from '../../../lambdas/contracts/keys.ts';
import { ArchiveFunction } from '../../resources/archive-function.ts';
import { backfillName, backfillRole } from '../../resources/backfill-role.ts';
import type { WorkQueue } from '../../resources/work-queue.ts';
import type { StepProps } from '../step-props.ts';
import { lambdaServiceRetry, passingFaultRetry, workerCrashRetry } from '../workflow/retries.ts';

/** Objects that one call of the function looks at: some seconds' work. */
const objectsPerBatch = 100;
/** Batches at once. The queue, not this, says how fast a backfill goes. */
const batchesAtOnce = 2;
const graceSeconds = 30;
/** An execution's history takes 25,000 events, three for each look: a week of looks at the default distance. */
const mostLooks = 5_000;

/**
 * A map over what lies in the originals, by a prefix or by an inventory, which gives what the archive has never met to
 * the queue of backfills and stops where that is deep.
 */
export class Backfill extends Construct {
  readonly function: ArchiveFunction;
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, props: StepProps & { queue: WorkQueue }) {
    super(scope, 'Backfill');
    const { environment, surroundings, originals, derived, ledger } = props;
    this.function = new ArchiveFunction(this, 'Feed', {
      surroundings,
      entry: 'operate/feed-backfill.lambda.ts',
      step: 'operate',
      name: 'feed-backfill',
      size: environment.functions.feedBackfill,
      environment: { [environmentNames.backfillQueueDepth]: String(environment.backfillQueueDepth) },
    });
    originals.grantReadTo(this.function, backfillPrefix);
    ledger.grantReadTo(this.function);
    props.queue.grantAnnounceTo(this.function, environmentNames.backfillQueueUrl);
    const role = backfillRole(this, {
      environmentName: environment.name,
      feeder: this.function,
      originals,
      derived,
    });
    const byPrefix = this.feed(
      props,
      'Prefix',
      new S3ObjectsItemReader({ bucket: originals as IBucket, prefix: JsonPath.stringAt('$.prefix') }),
    );
    const byInventory = this.feed(
      props,
      'Inventory',
      new S3ManifestItemReader({ bucket: derived as IBucket, key: JsonPath.stringAt('$.inventory.key') }),
    );
    const definition = new Choice(this, 'Source')
      .when(Condition.isPresent('$.inventory'), byInventory)
      .otherwise(byPrefix);
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineName: backfillName(environment.name),
      comment: 'Gives what lies in the bucket to admission, as fast as live uploads leave room',
      definitionBody: DefinitionBody.fromChainable(definition),
      role: role.withoutPolicyUpdates(),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'Logs', {
          logGroupName: `/wirescope/${environment.name}/backfill`,
          encryptionKey: surroundings.key,
          retention: surroundings.logRetentionDays,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ALL,
        includeExecutionData: true,
      },
    });
    this.stateMachine.node.addDependency(role);
    // The CDK gives a distributed map's role more than it needs, past `withoutPolicyUpdates`.
    this.stateMachine.node.tryRemoveChild('DistributedMapPolicy');
  }

  /** One batch that cannot be fed does not stop the others; the command line counts it, and a second start finds it. */
  private feed({ environment, derived }: StepProps, source: string, itemReader: IItemReader): DistributedMap {
    const announce = new LambdaInvoke(this, `Announce${source}`, {
      lambdaFunction: this.function,
      payloadResponseOnly: true,
      retryOnServiceExceptions: false,
      taskTimeout: Timeout.duration(Duration.seconds(this.function.timeoutSeconds + graceSeconds)),
    })
      .addRetry({
        errors: [queueDeepErrorName],
        interval: Duration.seconds(environment.backfillLookSeconds),
        backoffRate: 1,
        maxAttempts: mostLooks,
        jitterStrategy: JitterType.FULL,
      })
      .addRetry(lambdaServiceRetry)
      .addRetry(passingFaultRetry)
      .addRetry(workerCrashRetry);
    return new DistributedMap(this, `Feed${source}`, {
      mapExecutionType: StateMachineType.STANDARD,
      label: `Feed${source}`,
      itemReader,
      itemBatcher: new ItemBatcher({ maxItemsPerBatch: objectsPerBatch }),
      maxConcurrency: batchesAtOnce,
      toleratedFailurePercentage: 100,
      resultWriterV2: new ResultWriterV2({ bucket: derived as IBucket, prefix: backfillResultsPrefix.slice(0, -1) }),
    }).itemProcessor(announce);
  }
}
