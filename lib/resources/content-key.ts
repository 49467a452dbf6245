import { Aws, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { arnSeenFrom, permit } from './permissions.ts';

/** Services through which a role may use the key; never the key by itself. */
export type KeyUser = 's3' | 'dynamodb' | 'secretsmanager' | 'sns';

/** The key that encrypts the archive: media, ledger, vectors and logs. */
export class ContentKey extends Key {
  constructor(scope: Construct, id: string, props: { environmentName: string; removalPolicy: RemovalPolicy }) {
    super(scope, id, {
      alias: `wirescope-${props.environmentName}`,
      description: `Encrypts the archive of Wirescope ${props.environmentName}`,
      enableKeyRotation: true,
      removalPolicy: props.removalPolicy,
    });
    const region = Stack.of(this).region;
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'LogGroupsOfThisEnvironment',
        principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
        actions: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncryptFrom',
          'kms:ReEncryptTo',
          'kms:GenerateDataKey',
          'kms:DescribeKey',
        ],
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': `arn:${Aws.PARTITION}:logs:${region}:${Aws.ACCOUNT_ID}:log-group:/wirescope/${props.environmentName}/*`,
          },
        },
      }),
    );
  }

  grantReadThrough(role: Role, service: KeyUser): void {
    this.grantThrough(role, service, ['kms:Decrypt']);
  }

  grantWriteThrough(role: Role, service: KeyUser): void {
    this.grantThrough(role, service, ['kms:Decrypt', 'kms:GenerateDataKey']);
  }

  private grantThrough(role: Role, service: KeyUser, actions: readonly string[]): void {
    const stack = Stack.of(this);
    permit(role, {
      // A table opens its key with its caller's permissions: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
      actions: service === 'dynamodb' ? [...actions, 'kms:DescribeKey'] : actions,
      resources: [arnSeenFrom(role, stack, this.keyArn)],
      conditions: { StringEquals: { 'kms:ViaService': `${service}.${stack.region}.amazonaws.com` } },
    });
  }
}
