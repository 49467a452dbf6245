import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { SweepRequest } from '../../../lambdas/contracts/workflow.ts';
import { ArchiveFunction } from '../../resources/archive-function.ts';
import { Timer } from '../../resources/timer.ts';
import type { VectorIndex } from '../../resources/vector-index.ts';
import type { ModelEndpoints, StepProps } from '../step-props.ts';

/** Readers meet a double once at most, for search folds them; what it takes of their counts ends as fast as this. */
const suspectsMinutes = 1;
/** The walk finds what nobody suspected, like copies that came to light late. */
const wholeIndexMinutes = 30;
/** A run ends before the next begins, which goes on where it stopped. */
const reembedMinutes = 5;

/** Documents -> searchable documents, each written once; and the sweeper that removes what no ledger row owns. */
export class IndexStep extends Construct {
  readonly function: ArchiveFunction;
  readonly sweeper: ArchiveFunction;
  readonly reembedder: ArchiveFunction;

  constructor(
    scope: Construct,
    props: StepProps & { index: VectorIndex; endpoints: Pick<ModelEndpoints, 'embed' | 'embedNext'> },
  ) {
    super(scope, 'Index');
    this.function = new ArchiveFunction(this, 'Function', {
      surroundings: props.surroundings,
      entry: 'index/index-documents.lambda.ts',
      step: 'index',
      name: 'index',
      size: props.environment.functions.index,
    });
    props.derived.grantReadTo(this.function);
    props.ledger.grantReadWriteTo(this.function);
    props.ledger.grantForgetTo(this.function);
    props.index.grantWriteTo(this.function);
    props.endpoints.embed.grantInvokeTo(this.function);
    props.endpoints.embedNext?.grantInvokeTo(this.function);

    this.sweeper = new ArchiveFunction(this, 'Sweeper', {
      surroundings: props.surroundings,
      entry: 'index/sweep-doubles.lambda.ts',
      step: 'index',
      name: 'sweep-doubles',
      size: props.environment.functions.sweepDoubles,
    });
    props.ledger.grantReadWriteTo(this.sweeper);
    props.ledger.grantForgetTo(this.sweeper);
    props.ledger.grantListTo(this.sweeper, 'unsettled');
    props.index.grantWriteTo(this.sweeper);
    const sweep = (id: string, minutes: number, input: SweepRequest) =>
      new Timer(this, id, { target: this.sweeper, every: Duration.minutes(minutes), input });
    sweep('Sweep', suspectsMinutes, { scope: 'suspects' });
    sweep('Walk', wholeIndexMinutes, { scope: 'whole index' });

    this.reembedder = new ArchiveFunction(this, 'Reembedder', {
      surroundings: props.surroundings,
      entry: 'index/reembed-archive.lambda.ts',
      step: 'index',
      name: 'reembed-archive',
      size: props.environment.functions.reembedArchive,
    });
    props.derived.grantReadTo(this.reembedder);
    props.ledger.grantReadWriteTo(this.reembedder);
    props.ledger.grantForgetTo(this.reembedder);
    props.index.grantWriteTo(this.reembedder);
    props.endpoints.embed.grantInvokeTo(this.reembedder);
    props.endpoints.embedNext?.grantInvokeTo(this.reembedder);
    new Timer(this, 'Reembed', { target: this.reembedder, every: Duration.minutes(reembedMinutes) });
  }
}
