import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { places, root } from '../../setup/places.ts';
import { openSearchCommand } from '../search/opensearch.ts';
import type { ChildPlan } from './children.ts';
import { addresses, emulatorEnvironment, type Instance, type LambdaSide } from './instance.ts';

const below = (instance: Instance, name: string): string => {
  const directory = path.join(instance.directory, name);
  mkdirSync(directory, { recursive: true });
  return directory;
};

/**
 * Where Lambdas are unpacked and run. Their bundles are CommonJS, and without a manifest of its own the folder would
 * take its module type from the project's.
 */
function scratch(instance: Instance): string {
  const directory = below(instance, 'scratch');
  writeFileSync(path.join(directory, 'package.json'), '{ "type": "commonjs" }\n');
  return directory;
}

/** Our Node first on the PATH: the emulator runs Lambdas with whatever `node` it finds there. */
const inherited = (): Record<string, string | undefined> => ({
  PATH: `${path.join(root, 'node_modules', '.bin')}${path.delimiter}${process.env['PATH']}`,
  HOME: process.env['HOME'],
  LANG: process.env['LANG'] ?? 'C.UTF-8',
  JAVA_HOME: process.env['JAVA_HOME'],
  PYTHONUNBUFFERED: '1',
});

/** Two of them may be admissions of a backfill that wait for room. */
const lambdaParallelism = 6;

export function emulatorPlan(instance: Instance, side: LambdaSide = addresses(instance)): ChildPlan {
  return {
    name: 'emulator',
    program: places.pythonBinary,
    args: ['-m', 'local.emulator.launcher'],
    cwd: root,
    env: {
      ...inherited(),
      ...emulatorEnvironment(instance),
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(instance.ports.emulator),
      MINISTACK_HOST: 'localhost',
      MINISTACK_ACCOUNT_ID: '000000000000',
      MINISTACK_REGION: 'us-east-1',
      STATE_DIR: below(instance, 'state'),
      S3_DATA_DIR: below(instance, 'objects'),
      TMPDIR: scratch(instance),
      PERSIST_STATE: '1',
      S3_PERSIST: '1',
      IOT_MTLS_ENABLED: '0',
      LOCAL_LAMBDA_PARALLEL: String(lambdaParallelism),
      MODEL_SERVER_URL: addresses(instance).models,
      LAMBDA_ENDPOINT_URL: side.emulator,
      SEARCH_URL: side.vectorIndex,
    },
    readyUrl: `${addresses(instance).emulator}/_ministack/health`,
    readySeconds: 150,
  };
}

export function openSearchPlan(instance: Instance): ChildPlan {
  const command = openSearchCommand({
    directory: places.openSearch,
    dataDirectory: below(instance, 'index'),
    port: instance.ports.openSearch,
  });
  return {
    name: 'opensearch',
    program: command.program,
    args: command.args,
    cwd: root,
    env: { ...inherited(), ...command.env },
    readyUrl: `${addresses(instance).openSearch}/_cluster/health?wait_for_status=yellow&timeout=1s`,
    readySeconds: 240,
  };
}

export function vectorIndexPlan(instance: Instance): ChildPlan {
  return {
    name: 'vector-index',
    program: process.execPath,
    args: [
      'local/search/facade.ts',
      ...['--port', String(instance.ports.vectorIndex)],
      ...['--upstream', addresses(instance).openSearch],
      ...['--region', 'us-east-1'],
    ],
    cwd: root,
    env: inherited(),
    readyUrl: addresses(instance).vectorIndex,
    readySeconds: 60,
  };
}

export function modelsPlan(instance: Instance): ChildPlan {
  return {
    name: 'models',
    program: places.pythonBinary,
    args: [
      ...['-m', 'local.models.server'],
      ...['--port', String(instance.ports.models)],
      ...['--torchserve-port', String(instance.ports.torchServe)],
      ...['--state-dir', below(instance, 'endpoints')],
      ...['--s3-endpoint', addresses(instance).emulator],
    ],
    cwd: root,
    env: { ...inherited(), ...emulatorEnvironment(instance), TMPDIR: below(instance, 'scratch') },
    readyUrl: `${addresses(instance).models}/health`,
    readySeconds: 150,
  };
}

export function captionsPlan(instance: Instance): ChildPlan {
  return {
    name: 'captions',
    program: process.execPath,
    args: ['local/captions/serve.ts', '--port', String(instance.ports.captions)],
    cwd: root,
    env: inherited(),
    readyUrl: `${addresses(instance).captions}/usage`,
    readySeconds: 60,
  };
}

export function pagePlan(instance: Instance, distribution: string): ChildPlan {
  return {
    name: 'page',
    program: process.execPath,
    args: [
      'local/page/serve.ts',
      ...['--port', String(instance.ports.page)],
      ...['--emulator', addresses(instance).emulator],
      ...['--distribution', distribution],
    ],
    cwd: root,
    env: inherited(),
    readyUrl: addresses(instance).page,
    readySeconds: 60,
  };
}
