import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Deployment } from '../config/deployment.ts';
import type { LiveSettings } from '../config/schema.ts';
import { Live } from '../pipeline/live/live.ts';
import type { FunctionSurroundings } from '../resources/archive-function.ts';
import { ModelEndpoint } from '../resources/model-endpoint.ts';
import type { StorageStack } from './storage.ts';

export interface LiveStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly settings: LiveSettings;
  readonly surroundings: FunctionSurroundings;
  readonly storage: StorageStack;
}

/** The model's real-time endpoint, and the service of every feed that the environment names. */
export class LiveStack extends Stack {
  readonly endpoint: ModelEndpoint;
  /** Absent where no feed is named: then the endpoint waits for `npm run live`. */
  readonly live?: Live;

  constructor(scope: Construct, id: string, props: LiveStackProps) {
    super(scope, id, props);
    const { deployment, settings, surroundings, storage } = props;
    const { environment, packages } = deployment;
    this.endpoint = new ModelEndpoint(this, 'ShotsLive', {
      environment,
      archives: storage.models,
      key: storage.key,
      word: 'shots-live',
      model: packages.shots,
      settings: settings.endpoint,
    });
    if (settings.feeds.length > 0)
      this.live = new Live(this, {
        surroundings,
        settings,
        originals: storage.originals,
        derived: storage.derived,
        endpoint: this.endpoint,
      });
    new CfnOutput(this, 'ShotsLiveEndpointName', { value: this.endpoint.endpointName });
  }
}
