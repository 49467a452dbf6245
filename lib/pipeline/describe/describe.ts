import type { ILayerVersion } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ArchiveFunction } from '../../resources/archive-function.ts';
import type { CaptionProvider } from '../../resources/caption-provider.ts';
import type { StepProps } from '../step-props.ts';

/** A photo, keyframes or a story -> words with their provenance. */
export class Describe extends Construct {
  readonly function: ArchiveFunction;

  constructor(scope: Construct, props: StepProps & { captions: CaptionProvider; sharp: ILayerVersion }) {
    super(scope, 'Describe');
    this.function = new ArchiveFunction(this, 'Function', {
      surroundings: props.surroundings,
      entry: 'describe/describe-asset.lambda.ts',
      step: 'describe',
      name: 'describe',
      size: props.environment.functions.describe,
      layers: [props.sharp],
    });
    props.originals.grantReadTo(this.function);
    props.derived.grantReadTo(this.function);
    props.derived.grantWriteTo(this.function);
    props.ledger.grantReadWriteTo(this.function);
    props.captions.grantCaptioningTo(this.function);
  }
}
