import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from '../../setup/places.ts';
import { emulatorEnvironment, instanceOf } from './instance.ts';

export interface OwnSystem {
  addresses: Record<'emulator' | 'models' | 'vectorIndex' | 'openSearch' | 'page' | 'captions', string>;
  outputs: Record<string, string>;
  processIds: Record<string, number>;
  supervisor: number;
}

const startLimitSeconds = 900;
const restartLimitSeconds = 240;

export interface OwnSystemOptions {
  instance: string;
  basePort: number;
  withSamples: boolean;
  withCaptions?: boolean;
  /** Lambdas call through the instance's `proxyPorts`, on which the caller has put something. */
  isThroughProxy?: boolean;
  /** A package that is served as the embedding model's next version. */
  embedNext?: string;
}

/**
 * Starts an empty system of its own, points this process's AWS clients at it, hands it to the work and stops it,
 * whatever becomes of the work.
 */
export async function withOwnSystem<T>(options: OwnSystemOptions, work: (system: OwnSystem) => Promise<T>): Promise<T> {
  const instance = instanceOf(options.instance, options.basePort);
  const readyFile = path.join(instance.directory, 'ready.json');
  await rm(instance.directory, { recursive: true, force: true });
  const supervisor: ChildProcess = spawn(
    process.execPath,
    [
      'local/supervisor/start.ts',
      ...['--instance', options.instance, '--base-port', String(options.basePort), '--with-parent'],
      ...(options.withSamples ? [] : ['--without-samples']),
      ...(options.withCaptions ? ['--with-captions'] : []),
      ...(options.isThroughProxy ? ['--through-proxy'] : []),
      ...(options.embedNext === undefined ? [] : ['--embed-next', options.embedNext]),
    ],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  try {
    const deadline = Date.now() + startLimitSeconds * 1000;
    while (!existsSync(readyFile)) {
      if (supervisor.exitCode !== null) throw new Error('the system ended while it started; its words stand above');
      if (Date.now() > deadline) throw new Error(`the system was not ready after ${startLimitSeconds} s`);
      await delay(300);
    }
    Object.assign(process.env, emulatorEnvironment(instance));
    return await work(JSON.parse(readFileSync(readyFile, 'utf8')) as OwnSystem);
  } finally {
    if (supervisor.exitCode === null) {
      const ended = new Promise((resolve) => supervisor.once('exit', resolve));
      supervisor.kill('SIGTERM');
      await ended;
    }
  }
}

/** Stops the local AWS as a machine that goes down does, and waits until it answers again with what it had saved. */
export async function restartEmulator(
  system: OwnSystem,
  options: Pick<OwnSystemOptions, 'instance' | 'basePort'>,
): Promise<void> {
  const readyFile = path.join(instanceOf(options.instance, options.basePort).directory, 'ready.json');
  const read = (): OwnSystem => JSON.parse(readFileSync(readyFile, 'utf8')) as OwnSystem;
  const before = read().processIds['emulator'];
  process.kill(system.supervisor, 'SIGUSR2');
  const deadline = Date.now() + restartLimitSeconds * 1000;
  while (read().processIds['emulator'] === before) {
    if (Date.now() > deadline) throw new Error(`the local AWS was not back after ${restartLimitSeconds} s`);
    await delay(300);
  }
}
