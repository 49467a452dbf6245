import { type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { environmentNames } from '../../lambdas/contracts/environment.ts';
import type { ArchiveFunction } from './archive-function.ts';
import { arnSeenFrom, permit } from './permissions.ts';

/** Signs receipts of withdrawals: who holds its public half can tell a genuine one for as long as the paper lasts. */
export class ReceiptKey extends Key {
  constructor(scope: Construct, id: string, props: { environmentName: string; removalPolicy: RemovalPolicy }) {
    super(scope, id, {
      alias: `wirescope-${props.environmentName}-receipts`,
      description: `Signs receipts of Wirescope ${props.environmentName}`,
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: props.removalPolicy,
    });
  }

  /** Lets a function know the key and sign with it. */
  grantSignTo(user: ArchiveFunction): void {
    user.addEnvironment(environmentNames.receiptKeyArn, this.keyArn);
    permit(user.role, { actions: ['kms:Sign'], resources: [arnSeenFrom(user.role, Stack.of(this), this.keyArn)] });
  }
}
