import type { ModelPackage } from '../../../lambdas/contracts/models.ts';
import { type OwnEndpoint, startOwnEndpoint } from '../../../local/models/own-endpoint.ts';

export type LocalService = OwnEndpoint;

/** S3 and the model server with its asynchronous `shots` endpoint, nothing else of the system. */
export const startService = (model: ModelPackage): Promise<LocalService> =>
  startOwnEndpoint({
    ...{ instance: 'measure-scale', basePort: 6810, endpointName: 'shots', model, image: 'tensorflow-inference' },
    buckets: ['originals', 'derived'],
    asyncInference: {
      OutputConfig: {
        S3OutputPath: 's3://derived/inference/shots/output/',
        S3FailurePath: 's3://derived/inference/shots/failure/',
      },
    },
  });
