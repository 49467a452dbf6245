import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Deployment } from '../config/deployment.ts';
import type { ModelEndpoints } from '../pipeline/step-props.ts';
import { InferenceTopics } from '../resources/inference-topics.ts';
import { ModelEndpoint } from '../resources/model-endpoint.ts';
import type { StorageStack } from './storage.ts';

/** The models behind their endpoints. Their archives must lie in the models bucket before this is deployed. */
export class ModelsStack extends Stack {
  readonly endpoints: ModelEndpoints;
  readonly inferenceTopics: InferenceTopics;

  constructor(scope: Construct, id: string, props: StackProps & { deployment: Deployment; storage: StorageStack }) {
    super(scope, id, props);
    const { deployment, storage } = props;
    const { environment, packages } = deployment;
    const common = { environment, archives: storage.models, key: storage.key };
    this.inferenceTopics = new InferenceTopics(this, 'Inference', { key: storage.key });
    const { embedNext } = environment.models;
    const answering = (word: 'embed' | 'entities' | 'rerank', constructId: string) =>
      new ModelEndpoint(this, constructId, {
        ...common,
        word,
        model: packages[word],
        settings: environment.models[word],
      });
    this.endpoints = {
      shots: new ModelEndpoint(this, 'Shots', {
        ...common,
        word: 'shots',
        model: packages.shots,
        settings: environment.models.shots,
        requests: storage.derived,
        topics: this.inferenceTopics,
      }),
      embed: answering('embed', 'Embed'),
      ...(embedNext === undefined || deployment.nextEmbedPackage === undefined
        ? {}
        : {
            embedNext: new ModelEndpoint(this, 'EmbedNext', {
              ...common,
              word: 'embed-next',
              model: deployment.nextEmbedPackage,
              settings: embedNext,
            }),
          }),
      entities: answering('entities', 'Entities'),
      rerank: answering('rerank', 'Rerank'),
    };
  }
}
