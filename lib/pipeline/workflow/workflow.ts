import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  Choice,
  Condition,
  DefinitionBody,
  Fail,
  type IChainable,
  IntegrationPattern,
  LogLevel,
  Map as MapState,
  Pass,
  ProvideItems,
  QueryLanguage,
  StateMachine,
  Succeed,
  TaskInput,
  type TaskStateBase,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import type { Step } from '../../../lambdas/contracts/assets.ts';
import { environmentNames } from '../../../lambdas/contracts/environment.ts';
import { planDoubtErrorNames, refusalErrorName } from '../../../lambdas/contracts/errors.ts';
import type { Environment } from '../../config/schema.ts';
import { ArchiveFunction } from '../../resources/archive-function.ts';
import type { VectorIndex } from '../../resources/vector-index.ts';
import type { DeadLetterQueue } from '../../resources/work-queue.ts';
import { workflowName, workflowRole } from '../../resources/workflow-role.ts';
import type { ShotsTasks } from '../shots/shots.ts';
import type { StepProps } from '../step-props.ts';
import { lambdaServiceRetry, lostAnswerRetry, passingFaultRetry, recorderRetry, workerCrashRetry } from './retries.ts';

/** A task may outlast its function by this much, so that the function's own timeout speaks first. */
const graceSeconds = 30;

/** A newer attempt of the same asset has taken over, so this one has nothing left to do or to record. */
const overtakenErrorName = 'FencedError';

export interface WorkflowProps extends Pick<StepProps, 'environment' | 'surroundings' | 'ledger'> {
  readonly shots: ShotsTasks;
  readonly steps: Readonly<Record<'describe' | 'enrich' | 'index', ArchiveFunction>>;
  readonly failureQueue: DeadLetterQueue;
  readonly index: VectorIndex;
}

/**
 * The way of one asset from admission to its end. It carries ids and S3 keys only; every path ends in Indexed, Refused,
 * Withdrawn or Failed.
 */
export class Workflow extends Construct {
  readonly stateMachine: StateMachine;
  readonly recorder: ArchiveFunction;

  constructor(scope: Construct, props: WorkflowProps) {
    super(scope, 'Workflow');
    this.recorder = this.recordingFunction(props);
    const called = [...Object.values(props.shots), ...Object.values(props.steps), this.recorder];
    const role = workflowRole(this, called);
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineName: workflowName(props.environment.name),
      comment: 'From an admitted asset to searchable documents',
      queryLanguage: QueryLanguage.JSONATA,
      definitionBody: DefinitionBody.fromChainable(this.path(props)),
      // Its permissions are written in lib/resources, without the wildcards that the CDK would add.
      role: role.withoutPolicyUpdates(),
      timeout: Duration.hours(props.environment.workflowTimeoutHours),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'Logs', {
          logGroupName: `/wirescope/${props.environment.name}/workflow`,
          encryptionKey: props.surroundings.key,
          retention: props.surroundings.logRetentionDays,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ALL,
        // The state holds references, never content, and the log group is encrypted: worth having when something failed.
        includeExecutionData: true,
      },
    });
    this.stateMachine.node.addDependency(role);
  }

  private path({ shots, steps, environment }: WorkflowProps): IChainable {
    const indexed = new Succeed(this, 'Indexed');
    const refused = new Succeed(this, 'Refused');
    const withdrawn = new Succeed(this, 'Withdrawn');
    const failed = new Fail(this, 'Failed', {
      error: "{% $states.input.error ? $states.input.error : 'UnknownError' %}",
      cause: "{% $states.input.cause ? $states.input.cause : 'No cause was given.' %}",
    });
    const recordRefusal = this.record('RecordRefusal', 'refused', failed).next(refused);
    const recordWithdrawal = this.record('RecordWithdrawal', 'withdrawn', failed).next(withdrawn);
    const recordFailure = this.record('RecordFailure', 'failed', failed).next(failed);

    const ending = <State extends TaskStateBase | MapState>(state: State, step: Exclude<Step, 'admit'>): State => {
      const caught = { outputs: `{% $merge([$states.input, {'step': '${step}'}, ${errorOutput}]) %}` };
      state
        .addCatch(recordRefusal, { errors: [refusalErrorName], ...caught })
        .addCatch(withdrawn, { errors: [overtakenErrorName], ...caught })
        .addCatch(recordFailure, { errors: ['States.ALL'], ...caught });
      return state;
    };
    const task = (id: string, step: Exclude<Step, 'admit'>, called: ArchiveFunction, outputs: string) =>
      ending(this.call(id, called, `{% $merge([$states.input, {'step': '${step}'}, ${outputs}]) %}`), step);

    const planShots = task(
      'PlanShots',
      'shots',
      shots.plan,
      "$sift($states.result.Payload, function($v, $k) { $k in ['run', 'chunkCount', 'shotsKey'] })",
    );
    // A plan that its chunks do not bear out is made once more, with every frame looked for.
    const doubted = new Choice(this, 'Doubted');
    const doubt = {
      errors: [...planDoubtErrorNames],
      outputs: `{% $merge([$states.input, {'step': 'shots'}, ${errorOutput}]) %}`,
    };
    const chunks = ending(this.chunks(shots, environment).addCatch(doubted, doubt), 'shots');
    const stitchShots = ending(
      this.call('StitchShots', shots.stitch, '{% $states.input %}').addCatch(doubted, doubt),
      'shots',
    );
    const keyframes = ending(this.keyframes(shots, environment).addCatch(doubted, doubt), 'shots');
    const assembleShots = ending(
      this.call(
        'AssembleShots',
        shots.assemble,
        "{% $merge([$states.input, {'step': 'shots'}, {'shotsKey': $states.result.Payload.shotsKey}]) %}",
      ).addCatch(doubted, doubt),
      'shots',
    );
    const planAgain = Pass.jsonata(this, 'PlanAgain', {
      outputs: "{% $merge([$states.input, {'isCareful': true}]) %}",
    });
    planAgain.next(planShots);
    doubted.when(Condition.jsonata('{% $not($states.input.isCareful = true) %}'), planAgain).otherwise(recordFailure);
    const describe = task(
      'Describe',
      'describe',
      steps.describe,
      "$sift($states.result.Payload, function($v, $k) { $k in ['decision', 'reason', 'killedStoryUri', 'descriptionsKey'] })",
    );
    const enrich = task('Enrich', 'enrich', steps.enrich, "{'documentsKey': $states.result.Payload.documentsKey}");
    const index = task('Index', 'index', steps.index, "{'documentCount': $states.result.Payload.documentCount}");

    const decision = new Choice(this, 'Decision')
      .when(Condition.jsonata("{% $states.input.decision = 'withdraw' %}"), recordWithdrawal)
      .otherwise(enrich.next(index.next(indexed)));
    describe.next(decision);
    const planned = new Choice(this, 'Planned')
      .when(
        Condition.jsonata('{% $states.input.chunkCount > 0 %}'),
        chunks.next(stitchShots.next(keyframes.next(assembleShots.next(describe)))),
      )
      .otherwise(describe);
    return new Choice(this, 'Kind')
      .when(Condition.jsonata("{% $states.input.kind = 'video' %}"), planShots.next(planned))
      .otherwise(describe);
  }

  /** So many chunks at once are decoded and inferred: while one is at the endpoint, another is decoded. */
  private chunks(shots: ShotsTasks, environment: Environment): MapState {
    const decode = this.call('DecodeChunk', shots.decode, '{% $states.input %}');
    const infer = LambdaInvoke.jsonata(this, 'InferChunk', {
      lambdaFunction: shots.infer,
      integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
      payload: TaskInput.fromText("{% $merge([$states.input, {'taskToken': $states.context.Task.Token}]) %}"),
      outputs: '{% $states.context.Map.Item.Value %}',
      retryOnServiceExceptions: false,
      // No heartbeat: an endpoint that is at work cannot send one.
      taskTimeout: Timeout.duration(Duration.seconds(environment.shots.inferenceSeconds + graceSeconds)),
    })
      .addRetry(lambdaServiceRetry)
      .addRetry(passingFaultRetry)
      .addRetry(workerCrashRetry)
      .addRetry(lostAnswerRetry);
    return this.eachChunk('Chunks', environment, decode.next(infer));
  }

  /** A film's thousands of keyframes take longer than a function may run, and are made chunk by chunk too. */
  private keyframes(shots: ShotsTasks, environment: Environment): MapState {
    const outputs = '{% $states.input.chunk %}';
    return this.eachChunk('Keyframes', environment, this.call('ExtractKeyframes', shots.keyframes, outputs));
  }

  private eachChunk(id: string, environment: Environment, work: IChainable): MapState {
    return MapState.jsonata(this, id, {
      items: ProvideItems.jsonata('{% [0..$states.input.chunkCount - 1] %}'),
      jsonataItemSelector: "{% $merge([$states.input, {'chunk': $states.context.Map.Item.Value}]) %}",
      maxConcurrency: environment.shots.chunksAtOnce,
      // Each iteration's answer is its number: nothing is worth carrying on.
      outputs: '{% $states.input %}',
    }).itemProcessor(work);
  }

  private call(id: string, called: ArchiveFunction, outputs: string): TaskStateBase {
    return LambdaInvoke.jsonata(this, id, {
      lambdaFunction: called,
      payload: TaskInput.fromText('{% $states.input %}'),
      outputs,
      retryOnServiceExceptions: false,
      taskTimeout: Timeout.duration(Duration.seconds(called.timeoutSeconds + graceSeconds)),
    })
      .addRetry(lambdaServiceRetry)
      .addRetry(passingFaultRetry)
      .addRetry(workerCrashRetry);
  }

  private record(id: string, outcome: 'refused' | 'failed' | 'withdrawn', failed: Fail): TaskStateBase {
    return LambdaInvoke.jsonata(this, id, {
      lambdaFunction: this.recorder,
      payload: TaskInput.fromText(`{% $merge([$states.input, {'outcome': '${outcome}'}]) %}`),
      outputs: '{% $states.input %}',
      retryOnServiceExceptions: false,
      taskTimeout: Timeout.duration(Duration.seconds(this.recorder.timeoutSeconds + graceSeconds)),
    })
      .addRetry(recorderRetry)
      .addCatch(failed, { errors: ['States.ALL'], outputs: `{% $merge([$states.input, ${errorOutput}]) %}` });
  }

  private recordingFunction(props: WorkflowProps): ArchiveFunction {
    const recorder = new ArchiveFunction(this, 'RecordOutcome', {
      surroundings: props.surroundings,
      entry: 'workflow/record-outcome.lambda.ts',
      step: 'workflow',
      name: 'record-outcome',
      size: props.environment.functions.recordOutcome,
    });
    props.ledger.grantReadWriteTo(recorder);
    props.ledger.grantForgetTo(recorder);
    props.failureQueue.grantSendTo(recorder, environmentNames.failureQueueUrl);
    props.index.grantWriteTo(recorder);
    return recorder;
  }
}

const errorOutput = "{'error': $states.errorOutput.Error, 'cause': $states.errorOutput.Cause}";
