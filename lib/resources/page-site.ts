import { Duration, RemovalPolicy, Stack, Token, Validations } from 'aws-cdk-lib';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  ResponseHeadersPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, type ISource, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { Construct } from 'constructs';
import type { PageConfig } from '../../lambdas/contracts/api.ts';
import type { ContentKey } from './content-key.ts';
import { contentSecurityPolicy, type PageSources } from './content-security-policy.ts';
import { PermissionError } from './permissions.ts';

const strictTransportDays = 730;
const logDays = 90;
/** How long CloudFront remembers that a path of the page's router is no object. */
const errorCacheSeconds = 10;

export interface PageSiteProps {
  readonly environmentName: string;
  readonly removalPolicy: RemovalPolicy;
  readonly accessLogs: IBucket;
  readonly key: ContentKey;
  readonly logRetentionDays: number;
  readonly sources: PageSources;
}

/** The page's private bucket behind CloudFront, with the headers that keep a page to its own origins. */
export class PageSite extends Construct {
  readonly bucket: IBucket;
  readonly distribution: Distribution;
  private readonly deploymentLogs: LogGroup;

  constructor(scope: Construct, id: string, props: PageSiteProps) {
    super(scope, id);
    this.deploymentLogs = new LogGroup(this, 'DeploymentLogs', {
      logGroupName: `/wirescope/${props.environmentName}/deploy-page`,
      encryptionKey: props.key,
      retention: props.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      // Nothing here is secret; a key of ours would only stand between CloudFront and the page.
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: props.removalPolicy,
      serverAccessLogsBucket: props.accessLogs,
      serverAccessLogsPrefix: 's3/page/',
    }) as IBucket;
    const logs = new Bucket(this, 'DistributionLogs', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [{ id: 'logs-end', expiration: Duration.days(logDays) }],
      // CloudFront writes its logs with an ACL, which an owner-enforced bucket refuses.
      objectOwnership: ObjectOwnership.OBJECT_WRITER,
      removalPolicy: props.removalPolicy,
      serverAccessLogsBucket: props.accessLogs,
      serverAccessLogsPrefix: 's3/distribution-logs/',
    }) as IBucket;
    const headers = new ResponseHeadersPolicy(this, 'Headers', {
      comment: `Wirescope ${props.environmentName}`,
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: contentSecurityPolicy(props.sources), override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(strictTransportDays),
          includeSubdomains: true,
          override: true,
        },
      },
      customHeadersBehavior: {
        customHeaders: [
          { header: 'permissions-policy', value: 'camera=(), geolocation=(), microphone=()', override: true },
          { header: 'cross-origin-opener-policy', value: 'same-origin', override: true },
        ],
      },
    });
    // A path of the page's own router is no object: the page itself answers for it.
    const page = (httpStatus: number) => ({
      httpStatus,
      responseHttpStatus: 200,
      responsePagePath: '/index.html',
      ttl: Duration.seconds(errorCacheSeconds),
    });
    this.distribution = new Distribution(this, 'Distribution', {
      comment: `The editors' page of Wirescope ${props.environmentName}`,
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(this.bucket),
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        compress: true,
        responseHeadersPolicy: headers,
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      },
      defaultRootObject: 'index.html',
      enableLogging: true,
      errorResponses: [page(403), page(404)],
      httpVersion: HttpVersion.HTTP2_AND_3,
      logBucket: logs,
    });
    Validations.of(this.distribution).acknowledge(
      { id: 'AwsSolutions-CFR1', reason: 'Correspondents of a newsroom sign in from every country.' },
      {
        id: 'AwsSolutions-CFR2',
        reason:
          'The distribution serves static files only; what can be attacked is the API, which is throttled and authorised.',
      },
      {
        id: 'AwsSolutions-CFR4',
        reason: "Without a domain of its own the page has CloudFront's certificate, whose protocol CloudFront chooses.",
      },
    );
  }

  get origin(): string {
    return `https://${this.distribution.distributionDomainName}`;
  }

  /** Puts the built page and its config.json into the bucket, and makes CloudFront forget what it had. */
  publish(folder: string | undefined, config: PageConfig): void {
    const sources: ISource[] = [Source.jsonData('config.json', config)];
    if (folder !== undefined) sources.unshift(Source.asset(folder));
    new BucketDeployment(this, 'Files', {
      sources,
      destinationBucket: this.bucket,
      distribution: this.distribution,
      distributionPaths: ['/*'],
      logGroup: this.deploymentLogs,
    });
    acknowledgeDeploymentFunction(Stack.of(this), this.bucket);
  }
}

/** The function behind BucketDeployment is the CDK's, one a stack, with a policy that the CDK writes. */
function acknowledgeDeploymentFunction(stack: Stack, bucket: IBucket): void {
  const provider = stack.node.children.find((child) => child.node.id.startsWith('Custom::CDKBucketDeployment'));
  if (!provider) throw new PermissionError('the CDK deploys buckets in another way now: look at its permissions anew');
  const { account, region } = stack;
  const partition = Token.isUnresolved(region)
    ? stack.partition
    : (RegionInfo.get(region).partition ?? stack.partition);
  const bucketId = stack.getLogicalId(bucket.node.defaultChild as CfnBucket);
  const known = (value: string, name: string) => (Token.isUnresolved(value) ? `<AWS::${name}>` : value);
  // The partition follows from the region, and every environment names its region.
  const assets = `arn:${known(partition, 'Partition')}:s3:::cdk-hnb659fds-assets-${known(account, 'AccountId')}-${known(region, 'Region')}/*`;
  const acknowledge = (reason: string, ids: readonly string[]) =>
    Validations.of(provider).acknowledge(...ids.map((id) => ({ id, reason })));
  acknowledge("The CDK's function writes its log by this policy of AWS's, which reaches its own log groups.", [
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
  ]);
  acknowledge("The CDK's function copies from the bootstrap bucket to the page's bucket, and to and from no other.", [
    ...['s3:GetObject*', 's3:GetBucket*', 's3:List*', 's3:DeleteObject*', 's3:Abort*'].map(
      (action) => `AwsSolutions-IAM5[Action::${action}]`,
    ),
    `AwsSolutions-IAM5[Resource::${assets}]`,
    `AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/*]`,
  ]);
  acknowledge('CloudFront takes an invalidation for no resource narrower than what the CDK names.', [
    'AwsSolutions-IAM5[Resource::*]',
  ]);
  acknowledge("The CDK chooses the runtime of its own function and moves it on with the CDK's version.", [
    'AwsSolutions-L1',
  ]);
}
