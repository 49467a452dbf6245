import { type Duration, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { ArchiveFunction } from './archive-function.ts';
import { permit } from './permissions.ts';

const maxRetries = 2;
const maxEventAgeSeconds = 300;

/** Calls a function again and again, with a role that may call this function only. */
export class Timer extends Construct {
  constructor(scope: Construct, id: string, props: { target: ArchiveFunction; every: Duration; input?: object }) {
    super(scope, id);
    const { account } = Stack.of(this);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
      description: `Calls ${props.target.shortName}`,
    });
    permit(role, { actions: ['lambda:InvokeFunction'], resources: [props.target.functionArn] });
    new CfnSchedule(this, 'Schedule', {
      description: `Calls ${props.target.shortName}`,
      scheduleExpression: ScheduleExpression.rate(props.every).expressionString,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: props.target.functionArn,
        roleArn: role.roleArn,
        input: JSON.stringify(props.input ?? {}),
        retryPolicy: { maximumRetryAttempts: maxRetries, maximumEventAgeInSeconds: maxEventAgeSeconds },
      },
    });
  }
}
