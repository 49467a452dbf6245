import { type App, Tags } from 'aws-cdk-lib';
import type { Deployment } from '../config/deployment.ts';
import type { FunctionSurroundings } from '../resources/archive-function.ts';
import { ApiStack } from './api.ts';
import { LiveStack } from './live.ts';
import { ModelsStack } from './models.ts';
import { MonitoringStack } from './monitoring.ts';
import { PipelineStack } from './pipeline.ts';
import { SearchStack } from './search.ts';
import { StorageStack } from './storage.ts';

export interface Stacks {
  readonly storage: StorageStack;
  readonly models: ModelsStack;
  readonly search: SearchStack;
  readonly pipeline: PipelineStack;
  readonly api: ApiStack;
  /** Only where the environment has live settings. */
  readonly live?: LiveStack;
  readonly monitoring: MonitoringStack;
}

/** All stacks of one environment, named `Wirescope-<environment>-<stack>`. */
export function buildStacks(app: App, deployment: Deployment): Stacks {
  const { environment } = deployment;
  const name = (stack: string) => `Wirescope-${environment.name}-${stack}`;
  const common = {
    deployment,
    env: { ...(environment.account ? { account: environment.account } : {}), region: environment.region },
  };
  const storage = new StorageStack(app, name('Storage'), { ...common, environment });
  const surroundings: FunctionSurroundings = {
    environmentName: environment.name,
    key: storage.key,
    logRetentionDays: environment.logRetentionDays,
    isTracingOn: environment.isTracingOn,
  };
  const models = new ModelsStack(app, name('Models'), { ...common, storage });
  const search = new SearchStack(app, name('Search'), { ...common, storage, surroundings });
  const shared = { ...common, surroundings, storage, endpoints: models.endpoints, index: search.index };
  const pipeline = new PipelineStack(app, name('Pipeline'), { ...shared, inferenceTopics: models.inferenceTopics });
  const api = new ApiStack(app, name('Api'), { ...shared, captions: pipeline.captions });
  // Endpoints are known to functions by their names alone, which CloudFormation cannot see.
  pipeline.addStackDependency(models);
  api.addStackDependency(models);
  const live =
    environment.live === undefined
      ? undefined
      : new LiveStack(app, name('Live'), { ...common, settings: environment.live, surroundings, storage });
  const monitoring = new MonitoringStack(app, name('Monitoring'), { ...common, models, pipeline, api, live });
  Tags.of(app).add('application', 'wirescope');
  Tags.of(app).add('environment', environment.name);
  return { storage, models, search, pipeline, api, ...(live === undefined ? {} : { live }), monitoring };
}
