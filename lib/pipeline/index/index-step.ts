import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { SweepRequest } from '../../../lambdas/contracts/workflow.ts';
import { ArchiveFunction } from '../../resources/archive-function.ts';
import { Timer } from '../../resources/timer.ts';
import type { VectorIndex } from '../../resources/vector-index.ts';
import type { StepProps } from '../step-props.ts';

/** Readers meet a double once at most, for search folds them; what it takes of their counts ends as fast as this. */
const suspectsMinutes = 1;
/** The walk finds what nobody suspected, like copies that came to light late. */
const wholeIndexMinutes = 30;

/** Documents -> searchable documents, each written once; and the sweeper that removes what no ledger row owns. */
export class IndexStep extends Construct {
  readonly function: ArchiveFunction;
  readonly sweeper: ArchiveFunction;

  constructor(scope: Construct, props: StepProps & { index: VectorIndex }) {
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
  }
}
