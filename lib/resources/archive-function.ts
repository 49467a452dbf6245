import path from 'node:path';
import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ILayerVersion, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { environmentNames } from '../../lambdas/contracts/environment.ts';
import { metricNamespace } from '../../lambdas/contracts/metrics.ts';
import { root } from '../config/deployment.ts';
import type { FunctionSize } from '../config/schema.ts';
import type { ContentKey } from './content-key.ts';
import { acknowledgeWildcard, permit } from './permissions.ts';

/** What every function of one environment shares. */
export interface FunctionSurroundings {
  readonly environmentName: string;
  readonly key: ContentKey;
  readonly logRetentionDays: number;
  readonly isTracingOn: boolean;
}

export interface ArchiveFunctionProps {
  readonly surroundings: FunctionSurroundings;
  /** Entry point below `lambdas/`. */
  readonly entry: string;
  /** The word of the step: the `service` of its logs, metrics and traces. */
  readonly step: string;
  /** Kebab-case name, unique within the environment: of its log group and of its data access policy. */
  readonly name: string;
  readonly size: FunctionSize;
  readonly layers?: ILayerVersion[];
  readonly environment?: Record<string, string>;
}

/** One entry point of `lambdas/` with a role and a log group of its own; it may do nothing but log until it is granted more. */
export class ArchiveFunction extends NodejsFunction {
  override readonly role: Role;
  readonly step: string;
  readonly shortName: string;
  readonly timeoutSeconds: number;

  constructor(scope: Construct, id: string, props: ArchiveFunctionProps) {
    const { surroundings, size } = props;
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      logGroupName: `/wirescope/${surroundings.environmentName}/${props.name}`,
      encryptionKey: surroundings.key,
      retention: surroundings.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(scope, `${id}Role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What ${props.name} may do`,
    });
    super(scope, id, {
      description: `Wirescope ${surroundings.environmentName}: ${props.name}`,
      entry: path.join(root, 'lambdas', props.entry),
      depsLockFilePath: path.join(root, 'package-lock.json'),
      projectRoot: root,
      runtime: Runtime.NODEJS_24_X,
      role,
      logGroup,
      memorySize: size.memoryMegabytes,
      timeout: Duration.seconds(size.timeoutSeconds),
      ephemeralStorageSize: Size.mebibytes(size.ephemeralStorageMegabytes),
      tracing: Tracing.ACTIVE,
      ...(props.layers ? { layers: props.layers } : {}),
      environment: {
        [environmentNames.environment]: surroundings.environmentName,
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_LOG_LEVEL: 'INFO',
        POWERTOOLS_METRICS_NAMESPACE: metricNamespace,
        POWERTOOLS_SERVICE_NAME: props.step,
        POWERTOOLS_TRACE_ENABLED: String(surroundings.isTracingOn),
        ...props.environment,
      },
      bundling: {
        // sharp has native parts that no bundler can carry: it comes by a layer.
        externalModules: ['sharp'],
        format: OutputFormat.CJS,
        minify: true,
        sourceMap: true,
        target: 'node24',
      },
    });
    this.role = role;
    this.step = props.step;
    this.shortName = props.name;
    this.timeoutSeconds = size.timeoutSeconds;
    permit(role, { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] });
    acknowledgeWildcard(role, '*', 'X-Ray takes segments for no resource narrower than the account.');
  }
}

/** Lets a function know another one and call it. */
export function grantCallTo(user: ArchiveFunction, called: ArchiveFunction, environmentName: string): void {
  user.addEnvironment(environmentName, called.functionName);
  permit(user.role, { actions: ['lambda:InvokeFunction'], resources: [called.functionArn] });
}
