import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { S3Client } from '@aws-sdk/client-s3';
import { publishModels } from '../../bin/wirescope/publish-models.ts';
import type { ModelPackage } from '../../lambdas/contracts/models.ts';
import { archiveFile } from '../../lib/config/model-archives.ts';
import { places } from '../../setup/places.ts';
import { mustRun } from '../../setup/program.ts';
import { StartError } from './children.ts';
import { demoEditor } from './demo-editor.ts';
import { addresses, type Instance } from './instance.ts';

export type StackOutputs = Record<string, string>;
export const stackName = (stack: string): string => `Wirescope-local-${stack}`;
const outputsFile = (instance: Instance): string => path.join(instance.directory, 'outputs.json');

/** Outputs of all stacks of an instance, in one map: their names do not repeat. */
export function stackOutputs(instance: Instance): StackOutputs {
  if (!existsSync(outputsFile(instance))) return {};
  const byStack = JSON.parse(readFileSync(outputsFile(instance), 'utf8')) as Record<string, StackOutputs>;
  return Object.assign({}, ...Object.values(byStack)) as StackOutputs;
}

async function deployStacks(instance: Instance, assembly: string, only: readonly string[]): Promise<void> {
  await mustRun(
    'deploying the stacks',
    `the log ${path.join(instance.directory, 'logs', 'emulator.log')} may say more.`,
    places.pythonBinary,
    [
      ...['-m', 'local.emulator.deployer', assembly],
      ...['--endpoint', addresses(instance).emulator],
      ...['--outputs', outputsFile(instance)],
      ...(only.length > 0 ? ['--only', only.join(',')] : []),
    ],
  );
}

async function ensureDemoEditor(poolId: string): Promise<void> {
  const cognito = new CognitoIdentityProviderClient({});
  const user = { UserPoolId: poolId, Username: demoEditor.username };
  try {
    await cognito.send(
      new AdminCreateUserCommand({
        ...user,
        MessageAction: 'SUPPRESS',
        UserAttributes: [
          { Name: 'email', Value: demoEditor.username },
          { Name: 'email_verified', Value: 'true' },
        ],
      }),
    );
  } catch (error) {
    if ((error as Error).name !== 'UsernameExistsException') throw error;
  }
  await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password: demoEditor.password, Permanent: true }));
  await cognito.send(new AdminAddUserToGroupCommand({ ...user, GroupName: 'editor' }));
}

/** Deploys an assembly in the order AWS needs too: storage, then the archives, then all the rest. */
export async function deploy(
  instance: Instance,
  assembly: string,
  served: readonly ModelPackage[],
): Promise<StackOutputs> {
  await deployStacks(instance, assembly, [stackName('Storage')]);
  const bucket = stackOutputs(instance)['ModelsBucketName'];
  if (!bucket) throw new StartError('the storage stack names no models bucket: run `npm run reset` and start again.');
  await publishModels(
    new S3Client({ forcePathStyle: true }),
    bucket,
    served.map((model) => ({ ...model, file: archiveFile(places.models, model, 'local') })),
  );
  await deployStacks(instance, assembly, []);
  const outputs = stackOutputs(instance);
  if (!outputs['UserPoolId'])
    throw new StartError('the api stack names no user pool: run `npm run reset` and start again.');
  await ensureDemoEditor(outputs['UserPoolId']);
  return outputs;
}
