import { Construct } from 'constructs';
import { incomingPrefix } from '../../../lambdas/contracts/keys.ts';
import { ArchiveFunction } from '../../resources/archive-function.ts';
import type { CaptionProvider } from '../../resources/caption-provider.ts';
import { listModelsTo } from '../../resources/model-endpoint.ts';
import type { ModelEndpoints, StepProps } from '../step-props.ts';

/** Uploads, assets and the state of the whole, for the page. */
export class ServeArchive extends Construct {
  readonly function: ArchiveFunction;

  constructor(scope: Construct, props: StepProps & { endpoints: ModelEndpoints; captions: CaptionProvider }) {
    super(scope, 'Serve');
    this.function = new ArchiveFunction(this, 'Function', {
      surroundings: props.surroundings,
      entry: 'api/serve-archive.lambda.ts',
      step: 'api',
      name: 'api',
      size: props.environment.functions.api,
    });
    // The function signs the addresses under which a browser reads and puts; a signature can do what its signer may do.
    props.originals.grantReadTo(this.function);
    props.originals.grantWriteTo(this.function, incomingPrefix);
    props.derived.grantReadTo(this.function);
    // An editor's word on near-duplicates is written by this function itself.
    props.ledger.grantReadWriteTo(this.function);
    props.ledger.grantListTo(this.function, 'uploadDay');
    props.ledger.grantListTo(this.function, 'group');
    const endpoints = Object.values(props.endpoints);
    for (const endpoint of endpoints) if (!endpoint.isOnDemand) endpoint.grantInvokeTo(this.function);
    listModelsTo(this.function, endpoints);
    props.captions.describeTo(this.function);
    if (props.captions.areOn) props.ledger.grantListTo(this.function, 'unsettled');
  }
}
