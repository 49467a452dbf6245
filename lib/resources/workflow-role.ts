import { Aws, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { environmentNames } from '../../lambdas/contracts/environment.ts';
import type { ArchiveFunction } from './archive-function.ts';
import { permit } from './permissions.ts';

const deliveryReason =
  'Log deliveries and X-Ray take no narrower resource: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html';

/** The state machine's role: call exactly these functions, deliver its log, send traces. */
export function workflowRole(scope: Construct, functions: readonly IFunction[]): Role {
  const role = new Role(scope, 'WorkflowRole', {
    assumedBy: new ServicePrincipal('states.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
    description: 'What the workflow may do: call the steps, log, trace',
  });
  permit(role, { actions: ['lambda:InvokeFunction'], resources: functions.map((step) => step.functionArn) });
  permit(role, {
    actions: [
      'logs:CreateLogDelivery',
      'logs:GetLogDelivery',
      'logs:UpdateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:DescribeResourcePolicies',
      'logs:DescribeLogGroups',
    ],
    resources: ['*'],
    wildcardReason: deliveryReason,
  });
  permit(role, {
    actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'xray:GetSamplingRules', 'xray:GetSamplingTargets'],
    resources: ['*'],
    wildcardReason: deliveryReason,
  });
  return role;
}

/** Lets a function know the workflow and start it. */
export function grantStartTo(user: ArchiveFunction, stateMachineArn: string): void {
  user.addEnvironment(environmentNames.stateMachineArn, stateMachineArn);
  permit(user.role, { actions: ['states:StartExecution'], resources: [stateMachineArn] });
}

/** Lets a function that may start the workflow count its executions. */
export function grantCountTo(user: ArchiveFunction, stateMachineArn: string): void {
  permit(user.role, { actions: ['states:ListExecutions'], resources: [stateMachineArn] });
}

/** Lets a function know the workflow, and look at and stop its executions. */
export function grantEndTo(user: ArchiveFunction, stateMachineArn: string, environmentName: string): void {
  const { region, account } = Stack.of(user);
  user.addEnvironment(environmentNames.stateMachineArn, stateMachineArn);
  permit(user.role, {
    actions: ['states:DescribeExecution', 'states:GetExecutionHistory', 'states:StopExecution'],
    resources: [`arn:${Aws.PARTITION}:states:${region}:${account}:execution:${workflowName(environmentName)}:*`],
    wildcardReason: 'An execution is named after its asset and attempt; the state machine is as narrow as it can be.',
  });
}

/** The state machine's name, and through it its ARN, are known before it is made: what it calls may answer it. */
export const workflowName = (environmentName: string): string => `wirescope-${environmentName}`;

/** Lets a function end tasks of the workflow that wait for it. */
export function grantAnswerTo(user: ArchiveFunction, environmentName: string): void {
  const { region, account } = Stack.of(user);
  permit(user.role, {
    actions: ['states:SendTaskSuccess', 'states:SendTaskFailure'],
    resources: [`arn:${Aws.PARTITION}:states:${region}:${account}:stateMachine:${workflowName(environmentName)}`],
  });
}
