import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { CorsHttpMethod, HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpUserPoolAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Environment } from '../config/schema.ts';
import type { ArchiveFunction } from './archive-function.ts';
import type { ContentKey } from './content-key.ts';
import type { Editors } from './editors.ts';

const preflightHours = 1;

export interface ArchiveApiProps {
  readonly environment: Environment;
  readonly key: ContentKey;
  readonly editors: Editors;
  readonly pageOrigins: readonly string[];
  readonly searchFunction: ArchiveFunction;
  readonly archiveFunction: ArchiveFunction;
}

/** The HTTP API. Every route stands behind the same authoriser: there is no argument that leaves it out. */
export class ArchiveApi extends Construct {
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, props: ArchiveApiProps) {
    super(scope, id);
    const authorizer = new HttpUserPoolAuthorizer('Editors', props.editors.pool, {
      userPoolClients: [props.editors.client],
    });
    this.api = new HttpApi(this, 'Api', {
      apiName: `wirescope-${props.environment.name}`,
      createDefaultStage: false,
      corsPreflight: {
        allowHeaders: ['authorization', 'content-type'],
        allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST],
        allowOrigins: [...props.pageOrigins],
        maxAge: Duration.hours(preflightHours),
      },
      defaultAuthorizer: authorizer,
    });
    const search = new HttpLambdaIntegration('Search', props.searchFunction);
    const archive = new HttpLambdaIntegration('Archive', props.archiveFunction);
    this.api.addRoutes({ path: '/search', methods: [HttpMethod.GET], integration: search });
    this.api.addRoutes({ path: '/uploads', methods: [HttpMethod.GET, HttpMethod.POST], integration: archive });
    this.api.addRoutes({ path: '/assets/{assetId}', methods: [HttpMethod.GET], integration: archive });
    const group = '/assets/{assetId}/near-duplicates';
    this.api.addRoutes({ path: group, methods: [HttpMethod.GET, HttpMethod.POST], integration: archive });
    this.api.addRoutes({ path: `${group}/split`, methods: [HttpMethod.POST], integration: archive });
    this.api.addRoutes({ path: '/status', methods: [HttpMethod.GET], integration: archive });
    this.api.addRoutes({ path: '/openapi.json', methods: [HttpMethod.GET], integration: archive });

    new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: {
        rateLimit: props.environment.api.requestsPerSecond,
        burstLimit: props.environment.api.burst,
      },
      detailedMetricsEnabled: true,
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          new LogGroup(this, 'AccessLogs', {
            logGroupName: `/wirescope/${props.environment.name}/api-access`,
            encryptionKey: props.key,
            retention: props.environment.logRetentionDays,
            removalPolicy: RemovalPolicy.DESTROY,
          }),
        ),
      },
    });
  }
}
