import { Aws, Stack } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { backfillResultsPrefix, inventoryPrefix } from '../../lambdas/contracts/backfill.ts';
import { backfillPrefix } from '../../lambdas/contracts/keys.ts';
import type { MediaBucket } from './media-bucket.ts';
import { arnSeenFrom, permit } from './permissions.ts';
import { workflowRole } from './workflow-role.ts';

/** Known before it is made: a distributed map starts executions of its own state machine. */
export const backfillName = (environmentName: string): string => `wirescope-${environmentName}-backfill`;

/** Labels of the maps: children of a map are executions below it. */
export const backfillMaps = ['FeedPrefix', 'FeedInventory'] as const;

/**
 * The role of the backfill's state machine: list one prefix of the originals, read inventories, call the feeding
 * function, start the map's children, and leave their results.
 */
export function backfillRole(
  scope: Construct,
  props: {
    environmentName: string;
    feeder: IFunction;
    originals: MediaBucket;
    derived: MediaBucket;
  },
): Role {
  const role = workflowRole(scope, [props.feeder]);
  const { region, account } = Stack.of(scope);
  const name = backfillName(props.environmentName);
  const states = `arn:${Aws.PARTITION}:states:${region}:${account}`;
  permit(role, { actions: ['states:StartExecution'], resources: [`${states}:stateMachine:${name}`] });
  permit(role, {
    actions: ['states:DescribeExecution', 'states:StopExecution'],
    resources: backfillMaps.map((map) => `${states}:execution:${name}/${map}:*`),
    wildcardReason: 'Step Functions names the children of a map itself; the map is as narrow as it can be.',
  });
  permit(role, {
    actions: ['s3:ListBucket'],
    resources: [arnSeenFrom(role, Stack.of(props.originals), props.originals.bucketArn)],
    conditions: { StringLike: { 's3:prefix': [`${backfillPrefix}*`] } },
  });
  props.derived.grantReadToRole(role, inventoryPrefix);
  props.derived.grantWriteToRole(role, backfillResultsPrefix);
  return role;
}
