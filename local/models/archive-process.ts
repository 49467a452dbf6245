import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { z } from 'zod';
import { places, root } from '../../setup/places.ts';

/** A model that could not be loaded, ended while it was needed, or refused a request. */
export class ArchiveProcessError extends Error {
  override readonly name = 'ArchiveProcessError';
}

/** What decides a model's answers: its name, its version and a digest of its graph, tokenizer and facts. */
export interface ArchiveIdentity {
  model: string;
  version: string;
  sha256: string;
}
interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** One process that answers by an archive's own code, one request after the other on one thread. */
class ArchiveProcess {
  readonly identity: Promise<ArchiveIdentity>;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  constructor(archive: string, python: string) {
    this.#child = spawn(python, ['-m', 'local.models.archive_process', '--archive', archive], {
      cwd: root,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        ...process.env,
        PYTHONPATH: path.join(root, 'model-packaging'),
        OMP_NUM_THREADS: '1',
        TOKENIZERS_PARALLELISM: 'false',
        PYTHONDONTWRITEBYTECODE: '1',
      },
    });
    const stdout = this.#child.stdout;
    if (stdout === null) throw new ArchiveProcessError('the model process has no output');
    const lines = createInterface({ input: stdout });
    this.identity = new Promise((resolve, reject) => {
      lines.once('line', (line) => {
        resolve(JSON.parse(line) as ArchiveIdentity);
        lines.on('line', (answer) => this.#settle(answer));
      });
      this.#child.once('exit', (code) => {
        const error = new ArchiveProcessError(`the model of ${archive} ended with ${code}`);
        reject(error);
        for (const { reject: rejectRequest } of this.#waiting.values()) rejectRequest(error);
        this.#waiting.clear();
      });
    });
    this.identity.catch(() => {});
  }

  get load(): number {
    return this.#waiting.size;
  }

  ask(request: unknown): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.stdin?.write(`${JSON.stringify({ id, request })}\n`);
    });
  }

  stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.stdin?.end();
    });
  }

  #settle(line: string): void {
    const { id, answer, refusal } = JSON.parse(line) as { id: number; answer?: unknown; refusal?: unknown };
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (answer !== undefined) waiting?.resolve(answer);
    else waiting?.reject(new ArchiveProcessError(`the model refused a request: ${JSON.stringify(refusal)}`));
  }
}

/**
 * A model archive served in this machine's own processes, in the shape of a model endpoint. Requests go to the process
 * that has the least to do.
 */
export class ArchiveModel {
  readonly #processes: ArchiveProcess[];

  /** @param options.python one that has what the archive's format needs; the product's own where none is named */
  constructor(
    archive: string,
    { processes = 1, python = places.pythonBinary }: { processes?: number; python?: string } = {},
  ) {
    this.#processes = Array.from({ length: processes }, () => new ArchiveProcess(archive, python));
  }

  /** @throws ArchiveProcessError where the archive does not load. */
  async identity(): Promise<ArchiveIdentity> {
    const [first] = await Promise.all(this.#processes.map(({ identity }) => identity));
    if (first === undefined) throw new ArchiveProcessError('a model needs at least one process');
    return first;
  }

  /** As `ModelEndpoint.invokeJson`; there is no network that could make an answer late. @throws ArchiveProcessError */
  async invokeJson<Schema extends z.ZodType>(request: unknown, responseSchema: Schema): Promise<z.infer<Schema>> {
    const [idlest] = this.#processes.toSorted((a, b) => a.load - b.load);
    return responseSchema.parse(await idlest?.ask(request));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((one) => one.stop()));
  }
}
