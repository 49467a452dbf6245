import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { z } from 'zod';
import { places, root } from '../../setup/places.ts';
import { cache } from './prepare.ts';

const packaging = path.join(root, 'model-packaging');
const startSeconds = 120;
const warmUps = 10;

export interface ServerOptions {
  /** Runs the server and, in the onnx-server, the model. */
  python: string;
  kind: 'onnx-server' | 'torchserve';
  modelFolder: string;
  /** TorchServe takes it and the four after it. */
  port: number;
  logFile: string;
}

/** A model's container on loopback, as its image would start it, with one thread for the model. */
export class MeasuredServer {
  readonly #port: number;
  readonly #child: ChildProcess;

  private constructor({ python, kind, modelFolder, port, logFile }: ServerOptions) {
    this.#port = port;
    const program = kind === 'torchserve' ? ['images/torchserve/serve.py'] : ['-m', 'wirescope_server'];
    this.#child = spawn(python, [...program, 'serve'], {
      cwd: packaging,
      env: {
        ...process.env,
        HOST: '127.0.0.1',
        SAGEMAKER_BIND_TO_PORT: String(port),
        MODEL_DIR: modelFolder,
        WIRESCOPE_SERVER_MODEL_DIR: modelFolder,
        WIRESCOPE_SERVER_THREADS: '1',
        OMP_NUM_THREADS: '1',
        TOKENIZERS_PARALLELISM: 'false',
        PYTHONDONTWRITEBYTECODE: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // Whatever ends the measure ends its servers.
    const killNow = (): boolean => this.#child.kill('SIGKILL');
    process.once('exit', killNow);
    this.#child.once('exit', () => process.off('exit', killNow));
    const log = createWriteStream(logFile);
    this.#child.stdout?.pipe(log);
    this.#child.stderr?.pipe(log);
  }

  /** Returns once the model reads requests. */
  static async start(options: ServerOptions): Promise<MeasuredServer> {
    const server = new MeasuredServer(options);
    const deadline = Date.now() + 1000 * startSeconds;
    while (!(await server.#isReady())) {
      if (server.#child.exitCode !== null || Date.now() > deadline) {
        await server.stop();
        throw new Error(`the server of ${options.modelFolder} did not start; its log is ${options.logFile}`);
      }
      await sleep(200);
    }
    return server;
  }

  async ask<Answer>(body: unknown): Promise<Answer> {
    const answer = await this.#post(body);
    if (!answer.ok) throw new Error(`the server answered ${answer.status}: ${(await answer.text()).slice(0, 200)}`);
    return (await answer.json()) as Answer;
  }

  /** Of each, by clients that send their next request when they have their answer; a few before are not counted. */
  async milliseconds(bodies: readonly string[], clients = 1): Promise<number[]> {
    const file = path.join(cache, `bodies-${this.#port}.json`);
    await writeFile(file, JSON.stringify([...bodies.slice(0, warmUps), ...bodies]));
    const program = path.join(import.meta.dirname, 'ask.py');
    const { stdout } = await execa(places.pythonBinary, [program, String(this.#port), String(clients), file]);
    return z.array(z.number()).parse(JSON.parse(stdout)).slice(warmUps);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await Promise.race([ended, sleep(10_000)]);
    this.#child.kill('SIGKILL');
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await this.#post({})).status === 400;
    } catch {
      return false;
    }
  }

  #post(body: unknown): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.#port}/invocations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }
}
