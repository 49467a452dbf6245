import { Construct } from 'constructs';
import { ArchiveFunction } from '../../resources/archive-function.ts';
import type { ModelEndpoint } from '../../resources/model-endpoint.ts';
import type { StepProps } from '../step-props.ts';

/** Descriptions -> documents with entities and vectors. */
export class Enrich extends Construct {
  readonly function: ArchiveFunction;

  constructor(scope: Construct, props: StepProps & { embed: ModelEndpoint; entities: ModelEndpoint }) {
    super(scope, 'Enrich');
    this.function = new ArchiveFunction(this, 'Function', {
      surroundings: props.surroundings,
      entry: 'enrich/enrich-descriptions.lambda.ts',
      step: 'enrich',
      name: 'enrich',
      size: props.environment.functions.enrich,
    });
    props.derived.grantReadTo(this.function);
    props.derived.grantWriteTo(this.function);
    props.ledger.grantReadWriteTo(this.function);
    props.embed.grantInvokeTo(this.function);
    props.entities.grantInvokeTo(this.function);
  }
}
