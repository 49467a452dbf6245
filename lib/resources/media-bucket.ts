import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  HttpMethods,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { environmentNames } from '../../lambdas/contracts/environment.ts';
import type { ArchiveFunction } from './archive-function.ts';
import type { ContentKey } from './content-key.ts';
import { arnSeenFrom, permit } from './permissions.ts';

const abandonedUploadDays = 2;
const supersededVersionDays = 30;
/** Browsers may keep the answer of a preflight for this long. */
const preflightSeconds = 3600;

const abandonedUploads: LifecycleRule = {
  id: 'abandoned-uploads',
  abortIncompleteMultipartUploadAfter: Duration.days(abandonedUploadDays),
};

interface MediaBucketProps {
  readonly key: ContentKey;
  readonly accessLogs: IBucket;
  readonly removalPolicy: RemovalPolicy;
  readonly lifecycleRules?: LifecycleRule[];
  readonly isVersioned?: boolean;
  /** Name of the variable through which a function learns the bucket's name. */
  readonly environmentName: string;
}

/** A private, encrypted bucket, TLS only, that knows how its users learn its name and what they may do. */
export class MediaBucket extends Bucket {
  private readonly key: ContentKey;
  private readonly environmentName: string;

  constructor(scope: Construct, id: string, props: MediaBucketProps) {
    super(scope, id, {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      bucketKeyEnabled: true,
      encryption: BucketEncryption.KMS,
      encryptionKey: props.key,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [abandonedUploads, ...(props.lifecycleRules ?? [])],
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: props.removalPolicy,
      serverAccessLogsBucket: props.accessLogs,
      serverAccessLogsPrefix: `s3/${id.toLowerCase()}/`,
      versioned: props.isVersioned ?? false,
    });
    this.key = props.key;
    this.environmentName = props.environmentName;
  }

  /** Lets a function know the bucket and read objects below a prefix. */
  grantReadTo(user: ArchiveFunction, prefix = ''): void {
    user.addEnvironment(this.environmentName, this.bucketName);
    this.grantReadToRole(user.role, prefix);
  }

  /** Lets a function know the bucket and write objects below a prefix. */
  grantWriteTo(user: ArchiveFunction, prefix = ''): void {
    user.addEnvironment(this.environmentName, this.bucketName);
    this.grantWriteToRole(user.role, prefix);
  }

  /** Lets a function know the bucket, and list and delete every version of objects below a prefix. */
  grantDeleteTo(user: ArchiveFunction, prefix: string): void {
    user.addEnvironment(this.environmentName, this.bucketName);
    permit(user.role, {
      actions: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
      resources: [this.objectsBelow(user.role, prefix)],
      wildcardReason:
        'What is withdrawn is any object below the prefix; the bucket and the prefix are as narrow as keys allow.',
    });
    this.grantListVersionsTo(user);
  }

  /** Lets a function that knows the bucket list it, every version there is. */
  grantListVersionsTo(user: ArchiveFunction): void {
    permit(user.role, {
      actions: ['s3:ListBucket', 's3:ListBucketVersions'],
      resources: [arnSeenFrom(user.role, Stack.of(this), this.bucketArn)],
    });
  }

  /** Lets a role write objects below a prefix. */
  grantWriteToRole(role: Role, prefix: string): void {
    permit(role, {
      actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
      resources: [this.objectsBelow(role, prefix)],
      wildcardReason: 'One role writes many objects; the bucket and the prefix are as narrow as keys allow.',
    });
    this.key.grantWriteThrough(role, 's3');
  }

  /** Lets a service's role fetch objects below a prefix that it is told in full: it can neither list nor look back. */
  grantFetchToRole(role: Role, prefix: string, wildcardReason: string): void {
    permit(role, { actions: ['s3:GetObject'], resources: [this.objectsBelow(role, prefix)], wildcardReason });
    this.key.grantReadThrough(role, 's3');
  }

  /** Lets a role read objects below a prefix. */
  grantReadToRole(role: Role, prefix: string): void {
    permit(role, {
      actions: ['s3:GetObject', 's3:GetObjectVersion'],
      resources: [this.objectsBelow(role, prefix)],
      wildcardReason: 'One role reads many objects; the bucket and the prefix are as narrow as keys allow.',
    });
    // Without it a missing object answers 403, which no step can tell from a missing permission.
    permit(role, { actions: ['s3:ListBucket'], resources: [arnSeenFrom(role, Stack.of(this), this.bucketArn)] });
    this.key.grantReadThrough(role, 's3');
  }

  private objectsBelow(role: Role, prefix: string): string {
    return `${arnSeenFrom(role, Stack.of(this), this.bucketArn)}/${prefix}*`;
  }
}

/** What editors upload: every version kept, every arrival announced, and the page's browser let in to put. */
export function originalsBucket(
  scope: Construct,
  props: { key: ContentKey; accessLogs: IBucket; removalPolicy: RemovalPolicy; pageOrigins: readonly string[] },
): MediaBucket {
  const bucket = new MediaBucket(scope, 'Originals', {
    ...props,
    isVersioned: true,
    environmentName: environmentNames.originalsBucket,
    lifecycleRules: [{ id: 'superseded-versions', noncurrentVersionExpiration: Duration.days(supersededVersionDays) }],
  });
  bucket.addCorsRule({
    allowedOrigins: [...props.pageOrigins],
    allowedMethods: [HttpMethods.PUT, HttpMethods.GET, HttpMethods.HEAD],
    allowedHeaders: ['*'],
    exposedHeaders: ['ETag', 'x-amz-version-id'],
    maxAge: preflightSeconds,
  });
  // The property itself, not `eventBridgeEnabled`: that one brings a function with a policy over every bucket.
  (bucket.node.defaultChild as CfnBucket).notificationConfiguration = {
    eventBridgeConfiguration: { eventBridgeEnabled: true },
  };
  return bucket;
}
