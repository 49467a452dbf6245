import type { ILayerVersion } from 'aws-cdk-lib/aws-lambda';
import type { Environment } from '../config/schema.ts';
import type { FunctionSurroundings } from '../resources/archive-function.ts';
import type { AssetLedger } from '../resources/asset-ledger.ts';
import type { MediaBucket } from '../resources/media-bucket.ts';
import type { ModelEndpoint } from '../resources/model-endpoint.ts';

/** What a step may be built from; each construct takes only what it grants. */
export interface StepProps {
  readonly environment: Environment;
  readonly surroundings: FunctionSurroundings;
  readonly originals: MediaBucket;
  readonly derived: MediaBucket;
  readonly ledger: AssetLedger;
}

export interface NativeParts {
  readonly sharp: ILayerVersion;
  /** Left out locally, where the programs lie on the machine itself. */
  readonly ffmpeg?: ILayerVersion | undefined;
}

export interface ModelEndpoints {
  readonly shots: ModelEndpoint;
  readonly embed: ModelEndpoint;
  /** Only while the archive moves to another version of the embedding model. */
  readonly embedNext?: ModelEndpoint;
  readonly entities: ModelEndpoint;
  readonly rerank: ModelEndpoint;
}
