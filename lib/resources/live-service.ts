import path from 'node:path';
import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import {
  ContainerImage,
  Secret as ContainerSecret,
  FargateService,
  FargateTaskDefinition,
  type ICluster,
  LogDrivers,
} from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { environmentNames } from '../../lambdas/contracts/environment.ts';
import { incomingPrefix } from '../../lambdas/contracts/keys.ts';
import { type Feed, liveEventSource } from '../../lambdas/contracts/live.ts';
import { metricNamespace } from '../../lambdas/contracts/metrics.ts';
import { root } from '../config/deployment.ts';
import type { LiveSettings } from '../config/schema.ts';
import type { FunctionSurroundings } from './archive-function.ts';
import { grantTellTo } from './event-bus.ts';
import type { MediaBucket } from './media-bucket.ts';
import type { ModelEndpoint } from './model-endpoint.ts';
import { acknowledgeWildcard } from './permissions.ts';

/** The longest that Fargate waits between SIGTERM and SIGKILL: the last shot is published and filed in it. */
const stopSeconds = 120;
/** Clips are made below it; nothing else of the file system can be written. */
const scratchFolder = '/tmp';
/** `node` of the official image. */
const userId = '1000';

export interface LiveServiceProps {
  readonly surroundings: FunctionSurroundings;
  readonly settings: LiveSettings;
  readonly feed: Feed;
  readonly cluster: ICluster;
  readonly securityGroup: SecurityGroup;
  readonly image: DockerImageAsset;
  readonly originals: MediaBucket;
  readonly derived: MediaBucket;
  readonly endpoint: ModelEndpoint;
}

/** The image of the service, from the repository's own sources. */
export const liveImage = (scope: Construct): DockerImageAsset =>
  new DockerImageAsset(scope, 'Image', {
    directory: root,
    file: path.join('lambdas', 'live', 'Dockerfile'),
    platform: Platform.LINUX_AMD64,
    // What the image is made of and nothing beside it, so that it changes when the service does.
    exclude: ['*', '!package.json', '!package-lock.json', '!.npmrc', '!tsconfig.json', '!lambdas'],
  });

/** One feed's task: no port open, no root, nothing writable but its scratch space, a role of its own. */
export class LiveService extends Construct {
  readonly service: FargateService;
  readonly feed: Feed;

  constructor(scope: Construct, id: string, props: LiveServiceProps) {
    super(scope, id);
    const { surroundings, settings, feed, originals, derived, endpoint } = props;
    this.feed = feed;
    const address = new Secret(this, 'Address', {
      description: `Address of the feed ${feed.name} of Wirescope ${surroundings.environmentName}; put its value by hand`,
      encryptionKey: surroundings.key,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(address).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'The address is given by the feed’s owner, who offers no interface to rotate it.',
    });
    // Seen without its key, to whose policy CDK would add the role: the key's stack would then depend on this one.
    const seen = Secret.fromSecretCompleteArn(this, 'SeenAddress', address.secretArn);
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/wirescope/${surroundings.environmentName}/live-${feed.name}`,
      encryptionKey: surroundings.key,
      retention: surroundings.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const principal = () =>
      new ServicePrincipal('ecs-tasks.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      });
    const taskRole = new Role(this, 'TaskRole', {
      assumedBy: principal(),
      description: `What the feed ${feed.name} may do: put clips, ask the model, publish`,
    });
    const executionRole = new Role(this, 'ExecutionRole', {
      assumedBy: principal(),
      description: `What starts the feed ${feed.name}: its image, its address, its log`,
    });
    surroundings.key.grantReadThrough(executionRole, 'secretsmanager');
    originals.grantWriteToRole(taskRole, `${incomingPrefix}${feed.desk}/live/`);
    derived.grantWriteToRole(taskRole, 'assets/');
    endpoint.grantInvokeToRole(taskRole);
    grantTellTo(taskRole, liveEventSource);

    const definition = new FargateTaskDefinition(this, 'Task', {
      cpu: settings.cpuUnits,
      memoryLimitMiB: settings.memoryMegabytes,
      taskRole,
      executionRole,
      volumes: [{ name: 'scratch' }],
    });
    const container = definition.addContainer('Service', {
      image: ContainerImage.fromDockerImageAsset(props.image),
      readonlyRootFilesystem: true,
      user: userId,
      stopTimeout: Duration.seconds(stopSeconds),
      logging: LogDrivers.awsLogs({ logGroup, streamPrefix: 'service' }),
      environment: {
        [environmentNames.environment]: surroundings.environmentName,
        [environmentNames.originalsBucket]: originals.bucketName,
        [environmentNames.derivedBucket]: derived.bucketName,
        [environmentNames.shotsLiveEndpoint]: endpoint.endpointName,
        [environmentNames.shotsModel]: endpoint.description,
        [environmentNames.ffmpegPath]: '/usr/bin/ffmpeg',
        [environmentNames.liveFeed]: JSON.stringify(feed),
        TMPDIR: scratchFolder,
        POWERTOOLS_LOG_LEVEL: 'INFO',
        POWERTOOLS_METRICS_NAMESPACE: metricNamespace,
        POWERTOOLS_SERVICE_NAME: 'live',
        POWERTOOLS_TRACE_ENABLED: 'false',
      },
      secrets: { [environmentNames.liveFeedAddress]: ContainerSecret.fromSecretsManager(seen) },
    });
    container.addMountPoints({ sourceVolume: 'scratch', containerPath: scratchFolder, readOnly: false });
    acknowledgeWildcard(executionRole, '*', 'A registry token is for the registry and belongs to no resource.');
    Validations.of(definition).acknowledge({
      id: 'AwsSolutions-ECS2',
      reason: 'The variables name resources; the one that may hold a password comes from Secrets Manager.',
    });
    this.service = new FargateService(this, 'Service', {
      cluster: props.cluster,
      taskDefinition: definition,
      desiredCount: 1,
      // Two tasks on one feed would publish every shot twice.
      minHealthyPercent: 0,
      maxHealthyPercent: 100,
      securityGroups: [props.securityGroup],
      circuitBreaker: { rollback: true },
      enableExecuteCommand: false,
    });
  }
}
