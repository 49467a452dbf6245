import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Deployment } from '../config/deployment.ts';
import type { LiveSettings } from '../config/schema.ts';
import { ModelEndpoint } from '../resources/model-endpoint.ts';
import type { StorageStack } from './storage.ts';

export interface LiveStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly settings: LiveSettings;
  readonly storage: StorageStack;
}

/** The model's real-time endpoint for running feeds. */
export class LiveStack extends Stack {
  readonly endpoint: ModelEndpoint;

  constructor(scope: Construct, id: string, props: LiveStackProps) {
    super(scope, id, props);
    const { deployment, settings, storage } = props;
    const { environment, packages } = deployment;
    this.endpoint = new ModelEndpoint(this, 'ShotsLive', {
      environment,
      archives: storage.models,
      key: storage.key,
      word: 'shots-live',
      model: packages.shots,
      settings: settings.endpoint,
    });
  }
}
