import type { ILayerVersion } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ArchiveFunction } from '../../resources/archive-function.ts';
import type { CaptionProvider } from '../../resources/caption-provider.ts';
import type { ModelEndpoint } from '../../resources/model-endpoint.ts';
import type { StepProps } from '../step-props.ts';

export interface DescribeProps extends StepProps {
  readonly captions: CaptionProvider;
  readonly entities: ModelEndpoint;
  readonly sharp: ILayerVersion;
}

/** A photo, keyframes or a story -> words with their provenance. */
export class Describe extends Construct {
  readonly function: ArchiveFunction;

  constructor(scope: Construct, props: DescribeProps) {
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
    // Hashes that an asset has no longer are taken away; it has some eighty rows of them.
    props.ledger.grantForgetTo(this.function);
    props.ledger.grantBatchTo(this.function);
    props.ledger.grantListTo(this.function, 'group');
    props.captions.grantCaptioningTo(this.function);
    if (!props.captions.areOn) return;
    // What a model wrote is looked through for names that nobody may guess; what waits no more is forgotten.
    props.entities.grantInvokeTo(this.function);
    props.ledger.grantForgetTo(this.function);
  }
}
