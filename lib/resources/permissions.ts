import { Stack, Validations } from 'aws-cdk-lib';
import { type IRole, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';

export interface Permission {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Record<string, Record<string, unknown>>;
  /** Why a resource with a `*` in it is as narrow as it can be; needed exactly where there is one. */
  readonly wildcardReason?: string;
}

/** A permission that reaches further than its author said, or is explained without need. */
export class PermissionError extends Error {
  override readonly name = 'PermissionError';
}

/**
 * Gives a role one statement and, where it cannot do without a wildcard, files the reason with cdk-nag under the exact
 * finding.
 * @throws PermissionError where an action has a wildcard, or a wildcard resource has no reason
 */
export function permit(role: Role, permission: Permission): void {
  if (permission.actions.some((action) => action.includes('*')))
    throw new PermissionError(`${role.node.path}: ${permission.actions.join(', ')} must be named one by one`);
  role.addToPrincipalPolicy(
    new PolicyStatement({
      actions: [...permission.actions],
      resources: [...permission.resources],
      ...(permission.conditions ? { conditions: permission.conditions } : {}),
    }),
  );
  for (const resource of permission.resources) {
    const finding = flattened(Stack.of(role).resolve(resource));
    if (finding.includes('*')) acknowledgeWildcard(role, finding, permission.wildcardReason);
  }
}

/** Files the reason for a wildcard that the CDK itself writes into a role's policy. */
export function acknowledgeWildcard(role: IRole, resource: string, reason: string | undefined): void {
  if (!reason) throw new PermissionError(`${role.node.path}: say why it needs ${resource}`);
  Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
}

/** The ARN as seen from another stack: an import whose name is known now, so that a finding can be named now. */
export function arnSeenFrom(role: Role, owner: Stack, arn: string): string {
  return Stack.of(role) === owner ? arn : owner.exportValue(arn);
}

/** How cdk-nag spells a CloudFormation expression in the id of a finding. */
function flattened(expression: unknown): string {
  if (typeof expression === 'string') return expression;
  const node = expression as Record<string, unknown>;
  if ('Fn::Join' in node) {
    const [delimiter, parts] = node['Fn::Join'] as [string, unknown[]];
    return parts.map(flattened).join(delimiter);
  }
  if ('Fn::GetAtt' in node) return `<${(node['Fn::GetAtt'] as string[]).join('.')}>`;
  if ('Fn::ImportValue' in node) return flattened(node['Fn::ImportValue']);
  if ('Ref' in node) return `<${String(node['Ref'])}>`;
  return JSON.stringify(expression);
}
