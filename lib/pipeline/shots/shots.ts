import { Construct } from 'constructs';
import { environmentNames } from '../../../lambdas/contracts/environment.ts';
import { inferencePrefix, shotsWorkPrefix } from '../../../lambdas/contracts/keys.ts';
import { leanNode } from '../../config/lean-node.ts';
import { ArchiveFunction, type ArchiveFunctionProps } from '../../resources/archive-function.ts';
import type { InferenceTopics } from '../../resources/inference-topics.ts';
import type { ModelEndpoint } from '../../resources/model-endpoint.ts';
import { grantAnswerTo } from '../../resources/workflow-role.ts';
import type { NativeParts, StepProps } from '../step-props.ts';

export interface ShotsProps extends StepProps, NativeParts {
  readonly shotsEndpoint: ModelEndpoint;
  readonly inferenceTopics: InferenceTopics;
}

export type ShotsTasks = Readonly<
  Record<'plan' | 'decode' | 'infer' | 'stitch' | 'keyframes' | 'assemble', ArchiveFunction>
>;

/** A video's original -> shots.json and keyframes: planned, decoded and inferred in chunks, stitched, illustrated in chunks, assembled. */
export class Shots extends Construct {
  readonly plan: ArchiveFunction;
  readonly decode: ArchiveFunction;
  readonly infer: ArchiveFunction;
  readonly returnInference: ArchiveFunction;
  readonly stitch: ArchiveFunction;
  readonly keyframes: ArchiveFunction;
  readonly assemble: ArchiveFunction;

  constructor(scope: Construct, props: ShotsProps) {
    super(scope, 'Shots');
    const { environment, originals, derived, ledger, shotsEndpoint } = props;
    const { functions, shots } = environment;
    const make = (
      id: string,
      name: string,
      more: Pick<ArchiveFunctionProps, 'size' | 'layers' | 'environment'>,
    ): ArchiveFunction =>
      new ArchiveFunction(this, id, {
        surroundings: props.surroundings,
        entry: `shots/${name}.lambda.ts`,
        step: 'shots',
        name,
        ...more,
      });
    const media = {
      layers: props.ffmpeg ? [props.sharp, props.ffmpeg] : [props.sharp],
      environment: {
        ...leanNode,
        [environmentNames.ffmpegPath]: environment.ffmpegPath,
        [environmentNames.ffprobePath]: environment.ffprobePath,
      },
    };
    const inferenceSeconds = { [environmentNames.inferenceSeconds]: String(shots.inferenceSeconds) };

    this.plan = make('Plan', 'plan-shots', {
      size: functions.planShots,
      layers: media.layers,
      environment: { ...media.environment, [environmentNames.framesPerChunk]: String(shots.framesPerChunk) },
    });
    originals.grantReadTo(this.plan);
    derived.grantReadTo(this.plan, 'assets/');
    derived.grantWriteTo(this.plan, shotsWorkPrefix);
    ledger.grantReadWriteTo(this.plan);
    shotsEndpoint.describeTo(this.plan);

    this.decode = make('Decode', 'decode-chunk', { size: functions.decodeChunk, ...media });
    originals.grantReadTo(this.decode);
    derived.grantReadTo(this.decode, shotsWorkPrefix);
    derived.grantWriteTo(this.decode, shotsWorkPrefix);

    this.infer = make('Infer', 'infer-chunk', { size: functions.inferChunk, environment: inferenceSeconds });
    derived.grantReadTo(this.infer, inferencePrefix);
    ledger.grantReadWriteTo(this.infer);
    shotsEndpoint.grantSendTo(this.infer);
    grantAnswerTo(this.infer, environment.name);

    this.returnInference = make('Return', 'return-inference', { size: functions.returnInference });
    derived.grantReadTo(this.returnInference, inferencePrefix);
    ledger.grantReadWriteTo(this.returnInference);
    grantAnswerTo(this.returnInference, environment.name);
    props.inferenceTopics.callOn(this.returnInference);

    this.stitch = make('Stitch', 'stitch-shots', { size: functions.stitchShots });
    for (const prefix of [shotsWorkPrefix, inferencePrefix]) derived.grantReadTo(this.stitch, prefix);
    derived.grantWriteTo(this.stitch, shotsWorkPrefix);
    ledger.grantReadTo(this.stitch);
    shotsEndpoint.describeTo(this.stitch);

    this.keyframes = make('Keyframes', 'extract-keyframes', { size: functions.extractKeyframes, ...media });
    originals.grantReadTo(this.keyframes);
    derived.grantReadTo(this.keyframes, shotsWorkPrefix);
    for (const prefix of [shotsWorkPrefix, 'assets/']) derived.grantWriteTo(this.keyframes, prefix);

    this.assemble = make('Assemble', 'assemble-shots', { size: functions.assembleShots, ...media });
    originals.grantReadTo(this.assemble);
    derived.grantReadTo(this.assemble, shotsWorkPrefix);
    derived.grantWriteTo(this.assemble, 'assets/');
    ledger.grantReadWriteTo(this.assemble);
    shotsEndpoint.describeTo(this.assemble);
  }

  /** Those that the state machine calls itself. */
  get tasks(): ShotsTasks {
    const { plan, decode, infer, stitch, keyframes, assemble } = this;
    return { plan, decode, infer, stitch, keyframes, assemble };
  }

  get all(): ArchiveFunction[] {
    return [...Object.values(this.tasks), this.returnInference];
  }
}
