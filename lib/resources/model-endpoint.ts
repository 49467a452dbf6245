import { createHash } from 'node:crypto';
import { Annotations, Aws, Duration, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnEndpoint, CfnEndpointConfig, CfnModel } from 'aws-cdk-lib/aws-sagemaker';
import { Construct } from 'constructs';
import { environmentNames } from '../../lambdas/contracts/environment.ts';
import { inferencePrefixes, shotsWorkPrefix } from '../../lambdas/contracts/keys.ts';
import type { ModelPackage } from '../../lambdas/contracts/models.ts';
import { archivePrefix, type DeployedModel } from '../config/model-archives.ts';
import type { AsynchronousEndpointSettings, Environment, RealTimeEndpointSettings } from '../config/schema.ts';
import type { ArchiveFunction } from './archive-function.ts';
import type { ContentKey } from './content-key.ts';
import { backlogMetric, scaleByBacklog, scaleByInvocations } from './endpoint-scaling.ts';
import type { InferenceTopics } from './inference-topics.ts';
import type { MediaBucket } from './media-bucket.ts';
import { permit } from './permissions.ts';

const variantName = 'serving';
/** Instances with their own disks encrypt them in hardware and refuse a key: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html */
const hasOwnDisk = /^ml\.(g4dn|g5|g6|g6e|p3dn|p4d|p4de|p5|inf1|inf2|trn1|m5d|c5d|r5d|m6gd|c6gd|r6gd|c6id|m6id|r6id)\./;
/** A container may download its archive and load its model for this long. */
const startupSeconds = 600;

/** Largest request and longest answer of a real-time endpoint: https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints.html */
const maxPayloadBytes = 6 * 1024 * 1024;
const answerSeconds = 60;
/** The longest that an asynchronous endpoint may work on one request. */
const asynchronousAnswerSeconds = 3600;

const serverEnvironment = {
  tensorFlowServing: (model: ModelPackage, seconds: number) => ({
    SAGEMAKER_TFS_DEFAULT_MODEL_NAME: model.name,
    SAGEMAKER_TFS_ENABLE_BATCHING: 'false',
    SAGEMAKER_TFS_WAIT_TIME_SECONDS: String(startupSeconds),
    SAGEMAKER_GUNICORN_TIMEOUT_SECONDS: String(seconds),
  }),
  /** For either of the servers that model-packaging/images has, so that an image is changed by its name alone. */
  text: (workers: number) => ({
    TS_DEFAULT_RESPONSE_TIMEOUT: String(answerSeconds),
    TS_DEFAULT_WORKERS_PER_MODEL: String(workers),
    TS_MAX_REQUEST_SIZE: String(maxPayloadBytes),
    TS_MAX_RESPONSE_SIZE: String(maxPayloadBytes),
    WIRESCOPE_SERVER_THREADS: String(workers),
    WIRESCOPE_SERVER_TIMEOUT_SECONDS: String(answerSeconds),
  }),
};

/** Through which variable a function learns an endpoint's name. */
const variables = {
  shots: environmentNames.shotsEndpoint,
  'shots-live': environmentNames.shotsLiveEndpoint,
  embed: environmentNames.embedEndpoint,
  'embed-next': environmentNames.embedNextEndpoint,
  entities: environmentNames.entitiesEndpoint,
  rerank: environmentNames.rerankEndpoint,
} as const;
export type EndpointWord = keyof typeof variables;

interface CommonProps {
  readonly environment: Environment;
  /** The endpoint is named `wirescope-<environment>-<word>`. */
  readonly word: EndpointWord;
  readonly model: DeployedModel;
  readonly archives: MediaBucket;
  readonly key: ContentKey;
}
export interface RealTimeProps extends CommonProps {
  readonly settings: RealTimeEndpointSettings;
}
export interface AsynchronousProps extends CommonProps {
  readonly settings: AsynchronousEndpointSettings;
  /** Where requests and answers lie, and where it is told that one is there. */
  readonly requests: MediaBucket;
  readonly topics: InferenceTopics;
}
export type ModelEndpointProps = RealTimeProps | AsynchronousProps;

const isAsynchronous = (props: ModelEndpointProps): props is AsynchronousProps => 'topics' in props;

export const endpointNameOf = (environmentName: string, word: EndpointWord): string =>
  `wirescope-${environmentName}-${word}`;

/**
 * One model behind one SageMaker endpoint, which answers at once or, given a bucket and topics, asynchronously. The
 * endpoint keeps its name; its model and configuration are replaced by new ones.
 */
export class ModelEndpoint extends Construct {
  readonly endpointName: string;
  readonly model: DeployedModel;
  /** It answers asynchronously, and may have no instance while nothing waits for it. */
  readonly isOnDemand: boolean;
  private readonly word: EndpointWord;

  constructor(scope: Construct, id: string, props: ModelEndpointProps) {
    super(scope, id);
    const { environment, model, settings } = props;
    this.model = model;
    this.word = props.word;
    this.isOnDemand = isAsynchronous(props);
    this.endpointName = endpointNameOf(environment.name, props.word);

    this.warnOfUnpatchedImage(props);
    this.warnOfMissingArchive();

    const role = this.executionRole(props);
    const container = {
      image: this.imageOf(props),
      modelDataUrl: props.archives.s3UrlForObject(model.archiveKey),
      environment:
        model['server'] === 'tensorflow-serving'
          ? serverEnvironment.tensorFlowServing(
              model,
              isAsynchronous(props) ? asynchronousAnswerSeconds : answerSeconds,
            )
          : serverEnvironment.text(isAsynchronous(props) ? 1 : props.settings.workersPerInstance),
    };
    // SageMaker changes neither models nor configurations: what differs gets another name, so CloudFormation makes it anew.
    // The image as it is written: an account that is known at deployment only has another token in each synthesis.
    const modelName = this.namedAfter([
      settings.imageUri.replaceAll('{region}', environment.region),
      model.archiveKey,
      container.environment,
    ]);
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
      // An endpoint is born with an instance; scaling may take it away afterwards.
      initialInstanceCount: Math.max(1, settings.minInstances),
      initialVariantWeight: 1,
      instanceType: settings.instanceType,
      containerStartupHealthCheckTimeoutInSeconds: startupSeconds,
      modelDataDownloadTimeoutInSeconds: startupSeconds,
    };
    const isKeyUsable = !hasOwnDisk.test(settings.instanceType);
    const asyncInferenceConfig = isAsynchronous(props) ? this.asynchronous(props) : undefined;
    const configuration = new CfnEndpointConfig(this, 'Configuration', {
      endpointConfigName: this.namedAfter([
        modelName,
        variant,
        isKeyUsable,
        ...(isAsynchronous(props) ? [props.settings.requestsAtOnce] : []),
      ]),
      ...(asyncInferenceConfig === undefined ? {} : { asyncInferenceConfig }),
      ...(isKeyUsable ? { kmsKeyId: props.key.keyArn } : {}),
      productionVariants: [{ ...variant, modelName: sageMakerModel.attrModelName }],
    });
    const served = new CfnEndpoint(this, 'Endpoint', {
      endpointName: this.endpointName,
      endpointConfigName: configuration.attrEndpointConfigName,
      // Scaling has changed the count by the time of an update; it stays as it is.
      retainAllVariantProperties: true,
    });
    const scaled = { endpoint: served, endpointName: this.endpointName, variantName };
    if (isAsynchronous(props)) scaleByBacklog(this, scaled, props.settings);
    else scaleByInvocations(this, scaled, props.settings);
  }

  private asynchronous({
    word,
    requests,
    topics,
    key,
    settings,
  }: AsynchronousProps): CfnEndpointConfig.AsyncInferenceConfigProperty {
    const { output, failure } = inferencePrefixes(word);
    return {
      clientConfig: { maxConcurrentInvocationsPerInstance: settings.requestsAtOnce },
      outputConfig: {
        kmsKeyId: key.keyArn,
        s3OutputPath: requests.s3UrlForObject(output),
        s3FailurePath: requests.s3UrlForObject(failure),
        // Messages name where the answer lies; none carries it.
        notificationConfig: { successTopic: topics.success.topicArn, errorTopic: topics.error.topicArn },
      },
    };
  }

  /** Lets a function know the endpoint and call it. */
  grantInvokeTo(user: ArchiveFunction): void {
    this.grantCallTo(user, 'sagemaker:InvokeEndpoint');
  }

  /** Lets a function know the endpoint and queue requests for it. */
  grantSendTo(user: ArchiveFunction): void {
    this.grantCallTo(user, 'sagemaker:InvokeEndpointAsync');
  }

  /** Lets a service's role call the endpoint. */
  grantInvokeToRole(role: Role): void {
    this.permitCall(role, 'sagemaker:InvokeEndpoint');
  }

  private grantCallTo(user: ArchiveFunction, action: string): void {
    user.addEnvironment(variables[this.word], this.endpointName);
    this.permitCall(user.role, action);
  }

  private permitCall(role: Role, action: string): void {
    const { region, account } = Stack.of(role);
    permit(role, {
      actions: [action],
      resources: [`arn:${Aws.PARTITION}:sagemaker:${region}:${account}:endpoint/${this.endpointName}`],
    });
  }

  /** Tells a function which model serves: what it needs to know of the package, as JSON. */
  describeTo(user: ArchiveFunction): void {
    user.addEnvironment(environmentNames.shotsModel, this.description);
  }

  /** What a caller needs to know of the package, as JSON. */
  get description(): string {
    const { name, version, limits, postprocessing, dimension } = this.model;
    return JSON.stringify({ name, version, limits, postprocessing, dimension });
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

  /** A metric of an asynchronous endpoint's queue. */
  backlog(metricName: string, statistic: string): Metric {
    return backlogMetric(this.endpointName, metricName, statistic);
  }

  /** A container without patches still serves; whoever deploys it should know. The emulator runs no container. */
  private warnOfUnpatchedImage({ settings, environment }: ModelEndpointProps): void {
    const { imageUri, imagePatchedUntil } = settings;
    const isUnpatched = imagePatchedUntil < new Date().toISOString().slice(0, 10);
    if (isUnpatched && environment.emulatorEndpoint === undefined)
      Annotations.of(this).addWarningV2(
        'wirescope:unpatched-image',
        `${imageUri.split('/').at(-1)} has had no patches since ${imagePatchedUntil}.`,
      );
  }

  /** Templates can be read without the archives; SageMaker refuses a model whose archive is not there. */
  private warnOfMissingArchive(): void {
    const { name, version, isArchiveBuilt } = this.model;
    if (!isArchiveBuilt)
      Annotations.of(this).addWarningV2(
        'wirescope:unbuilt-archive',
        `The archive of ${name} ${version} was not built here, so this template cannot be deployed: \`npm run package-models\`, then \`wirescope models publish\`.`,
      );
  }

  private imageOf({ settings, environment }: ModelEndpointProps): string {
    return settings.imageUri
      .replaceAll('{account}', environment.account ?? Aws.ACCOUNT_ID)
      .replaceAll('{region}', environment.region);
  }

  private executionRole(props: ModelEndpointProps): Role {
    const role = new Role(this, 'ExecutionRole', {
      assumedBy: new ServicePrincipal('sagemaker.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: `What the ${props.word} endpoint may do: read its own archive, pull its image, log`,
    });
    props.archives.grantFetchToRole(
      role,
      archivePrefix(props.model),
      'Any archive of this model: while an endpoint is updated or goes back, instances of either one are started.',
    );
    if (isAsynchronous(props)) {
      const { output, failure } = inferencePrefixes(props.word);
      props.requests.grantReadToRole(role, shotsWorkPrefix);
      props.requests.grantWriteToRole(role, output);
      props.requests.grantWriteToRole(role, failure);
      props.topics.grantPublish(role);
    }
    const { account, region } = Stack.of(this);
    const { publisher, repository } = this.repositoryOf(props);
    permit(role, {
      actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'],
      resources: [`arn:${Aws.PARTITION}:ecr:${region}:${publisher}:repository/${repository}`],
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

  /** The account and the repository that the image is pulled from. */
  private repositoryOf({ settings, environment }: ModelEndpointProps): { publisher: string; repository: string } {
    const [, written = '', repository = ''] = /^([^.]+)\.[^/]+\/([^:@]+)/.exec(settings.imageUri) ?? [];
    const publisher = written.replace('{account}', environment.account ?? Aws.ACCOUNT_ID);
    return { publisher, repository };
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
      endpoints.map(({ isOnDemand, model: { endpoint, name, version, standInFor } }) => ({
        endpoint,
        name,
        version,
        standInFor,
        ...(isOnDemand ? { isOnDemand } : {}),
      })),
    ),
  );
}
