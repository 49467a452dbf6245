import { Cluster, ContainerInsights, type ICluster } from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import type { LiveSettings } from '../../config/schema.ts';
import type { FunctionSurroundings } from '../../resources/archive-function.ts';
import { LiveNetwork } from '../../resources/live-network.ts';
import { LiveService, liveImage } from '../../resources/live-service.ts';
import type { MediaBucket } from '../../resources/media-bucket.ts';
import type { ModelEndpoint } from '../../resources/model-endpoint.ts';

export interface LiveProps {
  readonly surroundings: FunctionSurroundings;
  readonly settings: LiveSettings;
  readonly originals: MediaBucket;
  readonly derived: MediaBucket;
  readonly endpoint: ModelEndpoint;
}

/** Running feeds -> shots on EventBridge, clips among the uploads: one service a feed in one cluster. */
export class Live extends Construct {
  readonly cluster: Cluster;
  readonly services: readonly LiveService[];

  constructor(scope: Construct, props: LiveProps) {
    super(scope, 'Feeds');
    const network = new LiveNetwork(this, 'Network', { surroundings: props.surroundings });
    this.cluster = new Cluster(this, 'Cluster', {
      vpc: network.vpc,
      clusterName: `wirescope-${props.surroundings.environmentName}-live`,
      containerInsightsV2: ContainerInsights.ENABLED,
    });
    const image = liveImage(this);
    this.services = props.settings.feeds.map(
      (feed) =>
        new LiveService(this, `Feed-${feed.name}`, {
          ...props,
          feed,
          image,
          // exactOptionalPropertyTypes, as for every class and interface of the CDK.
          cluster: this.cluster as ICluster,
          securityGroup: network.securityGroup,
        }),
    );
  }
}
