import { Construct } from 'constructs';
import { ArchiveFunction } from '../../resources/archive-function.ts';
import type { VectorIndex } from '../../resources/vector-index.ts';
import type { ModelEndpoints, StepProps } from '../step-props.ts';

/** A query -> hits. */
export class Search extends Construct {
  readonly function: ArchiveFunction;

  constructor(
    scope: Construct,
    props: Pick<StepProps, 'environment' | 'surroundings' | 'derived'> & {
      index: VectorIndex;
      endpoints: ModelEndpoints;
    },
  ) {
    super(scope, 'Search');
    this.function = new ArchiveFunction(this, 'Function', {
      surroundings: props.surroundings,
      entry: 'search/search-archive.lambda.ts',
      step: 'search',
      name: 'search',
      size: props.environment.functions.search,
    });
    props.derived.grantReadTo(this.function);
    props.index.grantSearchTo(this.function);
    props.endpoints.embed.grantInvokeTo(this.function);
    props.endpoints.entities.grantInvokeTo(this.function);
    props.endpoints.rerank.grantInvokeTo(this.function);
  }
}
