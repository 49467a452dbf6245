import { createHash } from 'node:crypto';
import { Annotations, Aws, Duration, Stack } from 'aws-cdk-lib';
import { PredefinedMetric, ScalableTarget, ServiceNamespace } from 'aws-cdk-lib/aws-applicationautoscaling';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnEndpoint, CfnEndpointConfig, CfnModel } from 'aws-cdk-lib/aws-sagemaker';
import { Construct } from 'constructs';
import { environmentNames } from '../../lambdas/contracts/environment.ts';
import { modelArchiveKey } from '../../lambdas/contracts/keys.ts';
import type { EndpointName, ModelPackage } from '../../lambdas/contracts/models.ts';
import type { Environment } from '../config/schema.ts';
import type { ArchiveFunction } from './archive-function.ts';
import type { ContentKey } from './content-key.ts';
import type { MediaBucket } from './media-bucket.ts';
import { permit } from './permissions.ts';

const variantName = 'serving';
/** Instances with their own disks encrypt them in hardware and refuse a key: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html */
const hasOwnDisk = /^ml\.(g4dn|g5|g6|g6e|p3dn|p4d|p4de|p5|inf1|inf2|trn1|m5d|c5d|r5d|m6gd|c6gd|r6gd|c6id|m6id|r6id)\./;
/** A container may download its archive and load its model for this long. */
const startupSeconds = 600;
const scaleOutSeconds = 60;
const scaleInSeconds = 600;

/** Largest request and longest answer of a real-time endpoint: https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints.html */
const maxPayloadBytes = 6 * 1024 * 1024;
const answerSeconds = 60;

const serverEnvironment = {
  shots: (model: ModelPackage) => ({
    SAGEMAKER_TFS_DEFAULT_MODEL_NAME: model.name,
    SAGEMAKER_TFS_ENABLE_BATCHING: 'false',
    SAGEMAKER_TFS_WAIT_TIME_SECONDS: String(startupSeconds),
    SAGEMAKER_GUNICORN_TIMEOUT_SECONDS: String(answerSeconds),
  }),
  torchServe: () => ({
    TS_DEFAULT_RESPONSE_TIMEOUT: String(answerSeconds),
    TS_DEFAULT_WORKERS_PER_MODEL: '1',
    TS_MAX_REQUEST_SIZE: String(maxPayloadBytes),
    TS_MAX_RESPONSE_SIZE: String(maxPayloadBytes),
    TS_DISABLE_TOKEN_AUTHORIZATION: 'true',
    // The archives name onnxruntime and tokenizers in a requirements.txt of their own.
    TS_INSTALL_PY_DEP_PER_MODEL: 'true',
    SAGEMAKER_MODEL_SERVER_TIMEOUT: String(answerSeconds),
  }),
};

export interface ModelEndpointProps {
  readonly environment: Environment;
  readonly endpoint: EndpointName;
  readonly model: ModelPackage;
  readonly archives: MediaBucket;
  readonly key: ContentKey;
}

/** One model behind one SageMaker endpoint. The endpoint keeps its name; its model and configuration are replaced by new ones. */
export class ModelEndpoint extends Construct {
  readonly endpointName: string;
  readonly model: ModelPackage;
  private readonly endpoint: EndpointName;

  constructor(scope: Construct, id: string, props: ModelEndpointProps) {
    super(scope, id);
    const { environment, model } = props;
    const settings = environment.models[props.endpoint];
    this.model = model;
    this.endpoint = props.endpoint;
    this.endpointName = `wirescope-${environment.name}-${props.endpoint}`;

    this.warnOfUnpatchedImage(props);

    const role = this.executionRole(props);
    const container = {
      image: settings.imageUri.replaceAll('{region}', environment.region),
      modelDataUrl: props.archives.s3UrlForObject(modelArchiveKey(model)),
      environment: props.endpoint === 'shots' ? serverEnvironment.shots(model) : serverEnvironment.torchServe(),
    };
    // SageMaker changes neither models nor configurations: what differs gets another name, so CloudFormation makes it anew.
    const modelName = this.namedAfter([container.image, modelArchiveKey(model), container.environment]);
    const sageMakerModel = new CfnModel(this, 'Model', {
      modelName,
      executionRoleArn: role.roleArn,
      enableNetworkIsolation: true,
      primaryContainer: container,
    });
    // The archive is fetched with the role's permissions as soon as the model exists.
    sageMakerModel.node.addDependency(role);

    const variant = {
      variantName,
      initialInstanceCount: settings.minInstances,
      initialVariantWeight: 1,
      instanceType: settings.instanceType,
      containerStartupHealthCheckTimeoutInSeconds: startupSeconds,
      modelDataDownloadTimeoutInSeconds: startupSeconds,
    };
    const isKeyUsable = !hasOwnDisk.test(settings.instanceType);
    const configuration = new CfnEndpointConfig(this, 'Configuration', {
      endpointConfigName: this.namedAfter([modelName, variant, isKeyUsable]),
      ...(isKeyUsable ? { kmsKeyId: props.key.keyArn } : {}),
      productionVariants: [{ ...variant, modelName: sageMakerModel.attrModelName }],
    });
    const served = new CfnEndpoint(this, 'Endpoint', {
      endpointName: this.endpointName,
      endpointConfigName: configuration.attrEndpointConfigName,
      // Scaling has changed the count by the time of an update; it stays as it is.
      retainAllVariantProperties: true,
    });
    const scaling = new ScalableTarget(this, 'Instances', {
      serviceNamespace: ServiceNamespace.SAGEMAKER,
      resourceId: `endpoint/${this.endpointName}/variant/${variantName}`,
      scalableDimension: 'sagemaker:variant:DesiredInstanceCount',
      minCapacity: settings.minInstances,
      maxCapacity: settings.maxInstances,
    });
    scaling.node.addDependency(served);
    scaling.scaleToTrackMetric('Invocations', {
      predefinedMetric: PredefinedMetric.SAGEMAKER_VARIANT_INVOCATIONS_PER_INSTANCE,
      targetValue: settings.invocationsPerInstance,
      scaleOutCooldown: Duration.seconds(scaleOutSeconds),
      scaleInCooldown: Duration.seconds(scaleInSeconds),
    });
  }

  /** Lets a function know the endpoint and call it. */
  grantInvokeTo(user: ArchiveFunction): void {
    const names = {
      shots: 'shotsEndpoint',
      embed: 'embedEndpoint',
      entities: 'entitiesEndpoint',
      rerank: 'rerankEndpoint',
    } as const;
    user.addEnvironment(environmentNames[names[this.endpoint]], this.endpointName);
    permit(user.role, {
      actions: ['sagemaker:InvokeEndpoint'],
      resources: [
        `arn:${Aws.PARTITION}:sagemaker:${Stack.of(user).region}:${Stack.of(user).account}:endpoint/${this.endpointName}`,
      ],
    });
  }

  /** Tells a function which model serves: what it needs to know of the package, as JSON. */
  describeTo(user: ArchiveFunction): void {
    const { name, version, postprocessing, dimension } = this.model;
    user.addEnvironment(environmentNames.shotsModel, JSON.stringify({ name, version, postprocessing, dimension }));
  }

  metric(metricName: string, statistic: string): Metric {
    return new Metric({
      namespace: 'AWS/SageMaker',
      metricName,
      statistic,
      period: Duration.minutes(1),
      dimensionsMap: { EndpointName: this.endpointName, VariantName: variantName },
    });
  }

  /** A container without patches still serves; whoever deploys it should know. The emulator runs no container. */
  private warnOfUnpatchedImage({ endpoint, environment }: ModelEndpointProps): void {
    const { imageUri, imagePatchedUntil } = environment.models[endpoint];
    const isUnpatched = imagePatchedUntil < new Date().toISOString().slice(0, 10);
    if (isUnpatched && environment.emulatorEndpoint === undefined)
      Annotations.of(this).addWarningV2(
        'wirescope:unpatched-image',
        `${imageUri.split('/').at(-1)} has had no patches since ${imagePatchedUntil}.`,
      );
  }

  private executionRole(props: ModelEndpointProps): Role {
    const role = new Role(this, 'ExecutionRole', {
      assumedBy: new ServicePrincipal('sagemaker.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: `What the ${props.endpoint} endpoint may do: read its own archive, pull its image, log`,
    });
    props.archives.grantReadObject(role, modelArchiveKey(props.model));
    const { account, region } = Stack.of(this);
    const [host = '', repository = ''] =
      props.environment.models[props.endpoint].imageUri.split(':')[0]?.split('/') ?? [];
    permit(role, {
      actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'],
      resources: [`arn:${Aws.PARTITION}:ecr:${region}:${host.split('.')[0]}:repository/${repository}`],
    });
    permit(role, {
      actions: ['ecr:GetAuthorizationToken'],
      resources: ['*'],
      wildcardReason:
        'A registry token and CloudWatch metrics belong to no resource; metrics are held to one namespace.',
    });
    permit(role, {
      actions: ['cloudwatch:PutMetricData'],
      resources: ['*'],
      conditions: { StringEquals: { 'cloudwatch:namespace': '/aws/sagemaker/Endpoints' } },
      wildcardReason:
        'A registry token and CloudWatch metrics belong to no resource; metrics are held to one namespace.',
    });
    const logGroup = `arn:${Aws.PARTITION}:logs:${region}:${account}:log-group:/aws/sagemaker/Endpoints/${this.endpointName}`;
    permit(role, {
      actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
      resources: [logGroup, `${logGroup}:*`],
      wildcardReason: 'SageMaker names the log streams after instances that do not exist yet.',
    });
    return role;
  }

  /** A name of at most 63 characters that changes with what it stands for. */
  private namedAfter(content: unknown): string {
    const fingerprint = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 12);
    return `${this.endpointName}-${fingerprint}`;
  }
}

/** Tells a function which model each endpoint serves, for the status page. */
export function listModelsTo(user: ArchiveFunction, endpoints: readonly ModelEndpoint[]): void {
  user.addEnvironment(
    environmentNames.modelsInUse,
    JSON.stringify(
      endpoints.map(({ model: { endpoint, name, version, standInFor } }) => ({ endpoint, name, version, standInFor })),
    ),
  );
}
