import { Construct } from 'constructs';
import { environmentNames } from '../../../lambdas/contracts/environment.ts';
import { ArchiveFunction } from '../../resources/archive-function.ts';
import type { ModelEndpoint } from '../../resources/model-endpoint.ts';
import type { NativeParts, StepProps } from '../step-props.ts';

/** A video's original -> shots.json and keyframes. */
export class Shots extends Construct {
  readonly function: ArchiveFunction;

  constructor(scope: Construct, props: StepProps & NativeParts & { shotsEndpoint: ModelEndpoint }) {
    super(scope, 'Shots');
    this.function = new ArchiveFunction(this, 'Function', {
      surroundings: props.surroundings,
      entry: 'shots/detect-shots.lambda.ts',
      step: 'shots',
      name: 'shots',
      size: props.environment.functions.shots,
      layers: props.ffmpeg ? [props.sharp, props.ffmpeg] : [props.sharp],
      environment: {
        [environmentNames.ffmpegPath]: props.environment.ffmpegPath,
        [environmentNames.ffprobePath]: props.environment.ffprobePath,
      },
    });
    props.originals.grantReadTo(this.function);
    props.derived.grantReadTo(this.function);
    props.derived.grantWriteTo(this.function);
    props.ledger.grantReadWriteTo(this.function);
    props.shotsEndpoint.grantInvokeTo(this.function);
    props.shotsEndpoint.describeTo(this.function);
  }
}
