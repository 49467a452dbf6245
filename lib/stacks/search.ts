import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Deployment } from '../config/deployment.ts';
import type { FunctionSurroundings } from '../resources/archive-function.ts';
import { VectorIndex } from '../resources/vector-index.ts';
import type { StorageStack } from './storage.ts';

/** The vector collection and its index. */
export class SearchStack extends Stack {
  readonly index: VectorIndex;

  constructor(
    scope: Construct,
    id: string,
    props: StackProps & { deployment: Deployment; surroundings: FunctionSurroundings; storage: StorageStack },
  ) {
    super(scope, id, props);
    this.index = new VectorIndex(this, 'Documents', {
      environment: props.deployment.environment,
      surroundings: props.surroundings,
      key: props.storage.key,
      embedModel: props.deployment.packages.embed,
      nextEmbedModel: props.deployment.nextEmbedPackage,
    });
    new CfnOutput(this, 'CollectionEndpoint', { value: this.index.endpoint });
    new CfnOutput(this, 'IndexName', { value: this.index.indexName });
  }
}
