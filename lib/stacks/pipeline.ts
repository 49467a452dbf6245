import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Deployment } from '../config/deployment.ts';
import { Admit } from '../pipeline/admit/admit.ts';
import { Describe } from '../pipeline/describe/describe.ts';
import { Enrich } from '../pipeline/enrich/enrich.ts';
import { IndexStep } from '../pipeline/index/index-step.ts';
import { Backfill } from '../pipeline/operate/backfill.ts';
import { CaptionLate } from '../pipeline/operate/caption-late.ts';
import { CountStuckAssets } from '../pipeline/operate/count-stuck-assets.ts';
import { Reconcile } from '../pipeline/operate/reconcile.ts';
import { ReleaseEmbargoed } from '../pipeline/operate/release-embargoed.ts';
import { WithdrawAsset } from '../pipeline/operate/withdraw-asset.ts';
import { Shots } from '../pipeline/shots/shots.ts';
import type { ModelEndpoints } from '../pipeline/step-props.ts';
import { Workflow } from '../pipeline/workflow/workflow.ts';
import type { FunctionSurroundings } from '../resources/archive-function.ts';
import { CaptionProvider } from '../resources/caption-provider.ts';
import { ffmpegLayer, sharpLayer } from '../resources/code-layers.ts';
import type { InferenceTopics } from '../resources/inference-topics.ts';
import type { VectorIndex } from '../resources/vector-index.ts';
import { DeadLetterQueue } from '../resources/work-queue.ts';
import type { StorageStack } from './storage.ts';

export interface PipelineStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly surroundings: FunctionSurroundings;
  readonly storage: StorageStack;
  readonly endpoints: ModelEndpoints;
  readonly inferenceTopics: InferenceTopics;
  readonly index: VectorIndex;
}

/** The path of an asset from its upload to the index. */
export class PipelineStack extends Stack {
  readonly admit: Admit;
  readonly shots: Shots;
  readonly describe: Describe;
  readonly enrich: Enrich;
  readonly indexStep: IndexStep;
  readonly workflow: Workflow;
  readonly operate: CountStuckAssets;
  /** Only where captions are on. */
  readonly captionLate: CaptionLate | undefined;
  readonly withdraw: WithdrawAsset;
  readonly reconcile: Reconcile;
  readonly backfill: Backfill;
  readonly release: ReleaseEmbargoed;
  readonly failureQueue: DeadLetterQueue;
  readonly captions: CaptionProvider;

  constructor(scope: Construct, id: string, props: PipelineStackProps) {
    super(scope, id, props);
    const { deployment, surroundings, storage, endpoints, inferenceTopics, index } = props;
    const { environment } = deployment;
    const { originals, derived, ledger } = storage;
    const common = { environment, surroundings, originals, derived, ledger };
    const sharp = sharpLayer(this, deployment.sharpLayerFolder);
    const isEmulated = environment.emulatorEndpoint !== undefined;
    const ffmpeg = isEmulated ? undefined : ffmpegLayer(this, deployment.ffmpegLayerFolder);

    this.failureQueue = new DeadLetterQueue(this, 'Failures');
    this.captions = new CaptionProvider(this, 'Captions', { environment, key: storage.key });
    this.shots = new Shots(this, { ...common, sharp, ffmpeg, shotsEndpoint: endpoints.shots, inferenceTopics });
    this.describe = new Describe(this, { ...common, sharp, captions: this.captions, entities: endpoints.entities });
    this.enrich = new Enrich(this, { ...common, embed: endpoints.embed, entities: endpoints.entities });
    this.indexStep = new IndexStep(this, { ...common, index, endpoints });
    this.workflow = new Workflow(this, {
      environment,
      surroundings,
      ledger,
      index,
      failureQueue: this.failureQueue,
      shots: this.shots.tasks,
      steps: {
        describe: this.describe.function,
        enrich: this.enrich.function,
        index: this.indexStep.function,
      },
    });
    this.admit = new Admit(this, {
      environment,
      surroundings,
      originals,
      ledger,
      sharp,
      stateMachineArn: this.workflow.stateMachine.stateMachineArn,
    });
    this.operate = new CountStuckAssets(this, { environment, surroundings, ledger });
    this.release = new ReleaseEmbargoed(this, { environment, surroundings, ledger });
    if (this.captions.areOn)
      this.captionLate = new CaptionLate(this, {
        environment,
        surroundings,
        ledger,
        captions: this.captions,
        stateMachineArn: this.workflow.stateMachine.stateMachineArn,
      });

    this.withdraw = new WithdrawAsset(this, {
      ...common,
      index,
      failureQueue: this.failureQueue,
      receiptKey: storage.receiptKey,
      stateMachineArn: this.workflow.stateMachine.stateMachineArn,
    });

    this.reconcile = new Reconcile(this, {
      ...common,
      index,
      admitQueue: this.admit.queue,
      withdraw: this.withdraw.function,
      stateMachineArn: this.workflow.stateMachine.stateMachineArn,
    });

    this.backfill = new Backfill(this, { ...common, queue: this.admit.backfillQueue });

    new CfnOutput(this, 'AdmitFunctionName', { value: this.admit.function.functionName });
    new CfnOutput(this, 'DescribeFunctionName', { value: this.describe.function.functionName });
    new CfnOutput(this, 'BackfillArn', { value: this.backfill.stateMachine.stateMachineArn });
    new CfnOutput(this, 'ReconcileFunctionName', { value: this.reconcile.function.functionName });
    new CfnOutput(this, 'ReleaseFunctionName', { value: this.release.function.functionName });
    new CfnOutput(this, 'WithdrawFunctionName', { value: this.withdraw.function.functionName });
    new CfnOutput(this, 'WorkflowArn', { value: this.workflow.stateMachine.stateMachineArn });
    new CfnOutput(this, 'AdmitQueueUrl', { value: this.admit.queue.queueUrl });
    new CfnOutput(this, 'AdmitDeadLetterQueueUrl', { value: this.admit.queue.deadLetters.queueUrl });
    new CfnOutput(this, 'BackfillQueueUrl', { value: this.admit.backfillQueue.queueUrl });
    new CfnOutput(this, 'BackfillDeadLetterQueueUrl', { value: this.admit.backfillQueue.deadLetters.queueUrl });
    new CfnOutput(this, 'CollectionEndpointUrl', { value: index.endpoint });
    new CfnOutput(this, 'EmbedVersions', { value: index.embedVersions });
    new CfnOutput(this, 'ReembedderName', { value: this.indexStep.reembedder.functionName });
    new CfnOutput(this, 'FailureQueueUrl', { value: this.failureQueue.queueUrl });
  }
}
