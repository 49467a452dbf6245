import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { EndpointName } from '../../lambdas/contracts/models.ts';
import type { Deployment } from '../config/deployment.ts';
import type { ModelEndpoints } from '../pipeline/step-props.ts';
import { ModelEndpoint } from '../resources/model-endpoint.ts';
import type { StorageStack } from './storage.ts';

/** The four models behind their endpoints. Their archives must lie in the models bucket before this is deployed. */
export class ModelsStack extends Stack {
  readonly endpoints: ModelEndpoints;

  constructor(scope: Construct, id: string, props: StackProps & { deployment: Deployment; storage: StorageStack }) {
    super(scope, id, props);
    const { environment, packages } = props.deployment;
    const serve = (endpoint: EndpointName, constructId: string) =>
      new ModelEndpoint(this, constructId, {
        environment,
        endpoint,
        model: packages[endpoint],
        archives: props.storage.models,
        key: props.storage.key,
      });
    this.endpoints = {
      shots: serve('shots', 'Shots'),
      embed: serve('embed', 'Embed'),
      entities: serve('entities', 'Entities'),
      rerank: serve('rerank', 'Rerank'),
    };
  }
}
