import { Stack } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { permit } from './permissions.ts';

/** Lets a role put events of one source on the account's default bus. */
export function grantTellTo(role: Role, source: string): void {
  permit(role, {
    actions: ['events:PutEvents'],
    resources: [Stack.of(role).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' })],
    conditions: { StringEquals: { 'events:source': source } },
  });
}
