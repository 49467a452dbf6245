import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectOwnership,
  StorageClass,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { environmentNames } from '../../lambdas/contracts/environment.ts';
import { inferencePrefix, shotsWorkPrefix } from '../../lambdas/contracts/keys.ts';
import type { Environment } from '../config/schema.ts';
import { AssetLedger } from '../resources/asset-ledger.ts';
import { ContentKey } from '../resources/content-key.ts';
import { MediaBucket, originalsBucket } from '../resources/media-bucket.ts';
import { ReceiptKey } from '../resources/receipt-key.ts';

const accessLogDays = 90;
const rarelyReadAfterDays = 90;
const workDays = 7;

/** What must outlive everything else: media, ledger, key. */
export class StorageStack extends Stack {
  readonly key: ContentKey;
  readonly accessLogs: IBucket;
  readonly originals: MediaBucket;
  readonly derived: MediaBucket;
  readonly models: MediaBucket;
  readonly ledger: AssetLedger;
  readonly receiptKey: ReceiptKey;

  constructor(scope: Construct, id: string, props: StackProps & { environment: Environment }) {
    super(scope, id, props);
    const { environment } = props;
    const removalPolicy = environment.removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    this.key = new ContentKey(this, 'Key', { environmentName: environment.name, removalPolicy });
    const accessLogs = new Bucket(this, 'AccessLogs', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      // S3 delivers its access logs to buckets with its own keys only.
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [{ id: 'logs-end', expiration: Duration.days(accessLogDays) }],
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy,
    });
    // exactOptionalPropertyTypes: the class declares as `| undefined` what its interface declares as absent.
    this.accessLogs = accessLogs as IBucket;
    Validations.of(accessLogs).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'A bucket that logged its own access into itself would never come to rest.',
    });
    const shared = { key: this.key, accessLogs: this.accessLogs, removalPolicy };
    this.originals = originalsBucket(this, { ...shared, pageOrigins: environment.pageOrigins });
    this.derived = new MediaBucket(this, 'Derived', {
      ...shared,
      environmentName: environmentNames.derivedBucket,
      lifecycleRules: [
        // What the steps of one video leave for each other is read within hours, or made anew.
        ...[shotsWorkPrefix, inferencePrefix].map((prefix) => ({
          id: `${prefix.split('/')[0]}-ends`,
          prefix,
          expiration: Duration.days(workDays),
        })),
        {
          id: 'rarely-read',
          transitions: [
            { storageClass: StorageClass.INTELLIGENT_TIERING, transitionAfter: Duration.days(rarelyReadAfterDays) },
          ],
        },
      ],
    });
    this.models = new MediaBucket(this, 'Models', {
      ...shared,
      isVersioned: true,
      environmentName: environmentNames.modelsBucket,
    });
    this.ledger = new AssetLedger(this, 'Ledger', {
      key: this.key,
      removalPolicy,
      isProtected: environment.removal === 'retain',
    });
    this.receiptKey = new ReceiptKey(this, 'Receipts', { environmentName: environment.name, removalPolicy });
    new CfnOutput(this, 'ReceiptKeyArn', { value: this.receiptKey.keyArn });
    new CfnOutput(this, 'OriginalsBucketName', { value: this.originals.bucketName });
    new CfnOutput(this, 'DerivedBucketName', { value: this.derived.bucketName });
    new CfnOutput(this, 'ModelsBucketName', { value: this.models.bucketName });
    new CfnOutput(this, 'LedgerTableName', { value: this.ledger.tableName });
  }
}
