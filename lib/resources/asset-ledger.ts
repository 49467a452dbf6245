import { type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { embeddingKeys } from '../../lambdas/contracts/embedding.ts';
import { environmentNames } from '../../lambdas/contracts/environment.ts';
import { ledgerIndexes } from '../../lambdas/contracts/ledger.ts';
import type { ArchiveFunction } from './archive-function.ts';
import type { ContentKey } from './content-key.ts';
import { arnSeenFrom, permit } from './permissions.ts';

const text = (name: string) => ({ name, type: AttributeType.STRING });

const readActions = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'];
const writeActions = ['dynamodb:PutItem', 'dynamodb:UpdateItem'];
const forgetActions = ['dynamodb:DeleteItem'];

/** Who has claimed what: one table, and three indexes that only hold the items which carry their keys. */
export class AssetLedger extends TableV2 {
  private readonly key: ContentKey;

  constructor(
    scope: Construct,
    id: string,
    props: { key: ContentKey; removalPolicy: RemovalPolicy; isProtected: boolean },
  ) {
    super(scope, id, {
      partitionKey: text('pk'),
      sortKey: text('sk'),
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.customerManagedKey(props.key),
      globalSecondaryIndexes: [
        {
          indexName: ledgerIndexes.unsettled,
          partitionKey: text('unsettledPk'),
          sortKey: text('unsettledSk'),
          projectionType: ProjectionType.ALL,
        },
        {
          indexName: ledgerIndexes.uploadDay,
          partitionKey: text('uploadDayPk'),
          sortKey: text('uploadDaySk'),
          projectionType: ProjectionType.ALL,
        },
        {
          indexName: ledgerIndexes.group,
          partitionKey: text('groupId'),
          sortKey: text('arrivedAt'),
          projectionType: ProjectionType.ALL,
        },
      ],
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'expiresAt',
      deletionProtection: props.isProtected,
      removalPolicy: props.removalPolicy,
    });
    this.key = props.key;
  }

  /** Lets a function know the table and read records by their keys. */
  grantReadTo(user: ArchiveFunction): void {
    this.grantTo(user, readActions);
    this.key.grantReadThrough(user.role, 'dynamodb');
  }

  /** Lets a function know the table and read which embedding version is current, and nothing else. */
  grantReadVersionTo(user: ArchiveFunction): void {
    user.addEnvironment(environmentNames.ledgerTable, this.tableName);
    permit(user.role, {
      actions: ['dynamodb:GetItem'],
      resources: [arnSeenFrom(user.role, Stack.of(this), this.tableArn)],
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [embeddingKeys.state.pk] } },
    });
    this.key.grantReadThrough(user.role, 'dynamodb');
  }

  /** Lets a function claim and confirm as well. */
  grantReadWriteTo(user: ArchiveFunction): void {
    this.grantTo(user, [...readActions, ...writeActions]);
    this.key.grantWriteThrough(user.role, 'dynamodb');
  }

  /** Lets a function that may write forget rows, too: those of documents that have left the index. */
  grantForgetTo(user: ArchiveFunction): void {
    this.grantTo(user, forgetActions);
  }

  /** Lets a function that may write and forget rows do so with many in one request. */
  grantBatchTo(user: ArchiveFunction): void {
    this.grantTo(user, ['dynamodb:BatchWriteItem']);
  }

  /** Lets a function that may read walk over every row. */
  grantScanTo(user: ArchiveFunction): void {
    this.grantTo(user, ['dynamodb:Scan']);
  }

  /** Lets a function that may read list what one of the indexes holds. */
  grantListTo(user: ArchiveFunction, index: keyof typeof ledgerIndexes): void {
    permit(user.role, {
      actions: ['dynamodb:Query'],
      resources: [`${arnSeenFrom(user.role, Stack.of(this), this.tableArn)}/index/${ledgerIndexes[index]}`],
    });
  }

  private grantTo(user: ArchiveFunction, actions: readonly string[]): void {
    user.addEnvironment(environmentNames.ledgerTable, this.tableName);
    permit(user.role, { actions, resources: [arnSeenFrom(user.role, Stack.of(this), this.tableArn)] });
  }
}
