import { describe, expect, it } from 'vitest';
import { environmentNames, type Resource, spelled, synthesised } from '../lib/support/synthesis.ts';
import {
  actionsWithoutResource,
  functionRoles,
  indexAccess,
  liveRoles,
  type Permissions,
  serviceRoles,
} from './expected.ts';

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: {
    StringEquals?: Record<string, string>;
    'ForAllValues:StringEquals'?: Record<string, string[]>;
  };
}

/** The logical name without CDK's hash, and without the word that says what it is. */
const wordOf = (logicalId: string) => logicalId.replace(/[0-9A-F]{8}$/, '').replace(/Role$/, '');

/** A resource of a policy in the words of expected.ts. */
function readable(expression: unknown, condition: Statement['Condition']): string {
  const text = spelled(expression)
    .replace(/<[\w-]+:ExportsOutputFnGetAtt([A-Za-z]+?)[0-9A-F]{8}Arn[0-9A-F]{8}>/, '$1')
    .replace(/<(\w+?)[0-9A-F]{8}(?:\.Arn)?>/, '$1')
    .replace('DocumentsCollection', 'Collection');
  const through = condition?.StringEquals?.['kms:ViaService']?.split('.')[0];
  const leading = condition?.['ForAllValues:StringEquals']?.['dynamodb:LeadingKeys'];
  if (leading) return `${text} of ${leading.join(', ')}`;
  if (text === 'Key' && through) return `Key through ${through}`;
  if (text === 'WorkflowStateMachine') return 'workflow';
  if (/^(\w+)Logs$/.test(text)) return `logs of ${text.replace(/Logs$/, '')}`;
  return text
    .replace(/^arn:.*:stateMachine:wirescope-\w+$/, 'workflow by name')
    .replace(/^arn:.*:stateMachine:wirescope-\w+-backfill$/, 'backfill by name')
    .replace(/^arn:.*:execution:wirescope-\w+-backfill\/(\w+):\*$/, 'children of $1')
    .replace(/^arn:.*:execution:wirescope-\w+:\*$/, 'executions of the workflow')
    .replace(/^arn:.*:endpoint\/wirescope-[a-z]+-([\w-]+)$/, 'endpoint $1')
    .replace(/^arn:.*:log-group:\/aws\/sagemaker\/Endpoints\/wirescope-[a-z]+-([\w-]+)/, 'endpoint logs of $1')
    .replace(/^arn:.*:event-bus\//, 'event bus ')
    .replace(/^arn:.*:repository\/.*container-assets.*/, 'the live image')
    .replace(/^arn:.*:repository\//, 'repository ');
}

function permissionsOf(policies: readonly Resource[]): Permissions {
  const table = new Map<string, Set<string>>();
  for (const { Action, Resource: resources, Condition } of policies.flatMap(
    ({ Properties }) => Properties['PolicyDocument'].Statement as Statement[],
  ))
    for (const resource of [resources].flat()) {
      const actions = [Action].flat();
      const name = readable(resource, Condition);
      const word = actions.every((action) => action === 'lambda:InvokeFunction') ? `function ${name}` : name;
      table.set(word, new Set([...(table.get(word) ?? []), ...actions]));
    }
  return Object.fromEntries([...table].map(([resource, actions]) => [resource, [...actions].sort()]));
}

describe.each(environmentNames)('the roles of %s', (name) => {
  const stacks = synthesised(name);
  const policies = stacks.resources('AWS::IAM::Policy').map(([, policy]) => policy);
  const roles = stacks.resources('AWS::IAM::Role').map(([logicalId]) => logicalId);
  const byRole = Object.fromEntries(
    roles.map((role) => [
      wordOf(role),
      permissionsOf(
        policies.filter((policy) => policy.Properties['Roles'].some((ref: { Ref: string }) => ref.Ref === role)),
      ),
    ]),
  );
  const archives = Object.fromEntries(
    Object.entries(stacks.deployment.packages).map(([endpoint, { name }]) => [endpoint, name]),
  );

  const textServer = name === 'local' ? 'wirescope-onnx-server' : 'wirescope-torchserve';

  const writtenDown = {
    ...functionRoles,
    ...serviceRoles(archives, textServer),
    ...liveRoles(stacks.deployment.environment.live, archives),
  };

  it.each(Object.entries(writtenDown))('let %s do what is written down', (role, expected) => {
    expect(byRole[role]).toEqual(expected);
  });

  it('are all written down, but for those that the CDK or a service brings', () => {
    const written = new Set(Object.keys(writtenDown));
    const others = Object.keys(byRole).filter((role) => !written.has(role));
    const brought = others.filter(
      (role) => /^CustomCDKBucketDeployment/.test(role) || Object.keys(byRole[role] ?? {}).length === 0,
    );
    expect(others).toEqual(brought);
  });

  it('belong to one function each', () => {
    const used = stacks.resources('AWS::Lambda::Function').map(([, { Properties }]) => spelled(Properties['Role']));
    expect(new Set(used).size).toBe(used.length);
  });

  it('reach beyond one resource only with actions that know no resource', () => {
    const broad = Object.entries(byRole)
      .filter(([role]) => !role.startsWith('CustomCDKBucketDeployment'))
      .flatMap(([, permissions]) => permissions['*'] ?? []);
    expect(broad.filter((action) => !(action in actionsWithoutResource))).toEqual([]);
  });

  it('name every action in full', () => {
    const actions = Object.entries(byRole)
      .filter(([role]) => !role.startsWith('CustomCDKBucketDeployment'))
      .flatMap(([, permissions]) => Object.values(permissions).flat());
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
  });

  it('have no managed policy of AWS, but for the one that the CDK deploys buckets with', () => {
    const managed = stacks
      .resources('AWS::IAM::Role')
      .filter(
        ([logicalId, role]) =>
          role.Properties['ManagedPolicyArns'] && !logicalId.startsWith('CustomCDKBucketDeployment'),
      );
    expect(managed).toEqual([]);
  });

  it('meet the index with the data access that is written down, on this index alone', () => {
    const access = stacks.resources('AWS::OpenSearchServerless::AccessPolicy').map(([, { Properties }]) => {
      const [policy] = JSON.parse(
        spelled(Properties['Policy']).replace(/<([\w:.-]+)>/g, (_, text: string) => text),
      ) as { Rules: { ResourceType: string; Resource: string[]; Permission: string[] }[]; Principal: string[] }[];
      return policy;
    });
    const table = Object.fromEntries(
      access.map((policy) => [
        wordOf(policy?.Principal[0]?.replace(/\.Arn$/, '') ?? ''),
        policy?.Rules[0]?.Permission.toSorted(),
      ]),
    );
    expect(table).toEqual(
      Object.fromEntries(Object.entries(indexAccess).map(([role, actions]) => [role, actions.toSorted()])),
    );
    for (const policy of access) {
      expect(policy?.Principal).toHaveLength(1);
      expect(policy?.Rules).toHaveLength(1);
      expect(policy?.Rules[0]?.Resource).toEqual([expect.stringMatching(/^index\/wirescope-\w+\/documents-[\w-]+$/)]);
    }
  });
});
