import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { places, root } from './places.ts';

/** A step of set-up failed; the message is one sentence that says what to do. */
export class SetUpError extends Error {
  override readonly name = 'SetUpError';
}

export interface SetUpStep {
  name: string;
  /** Names of the steps that must be done before. */
  after: readonly string[];
  /** Globs below the root whose contents decide whether the step must run again. */
  inputs: readonly string[];
  /** Files or folders that must exist for the step to count as done. */
  outputs: readonly string[];
  run: (report: (line: string) => void) => Promise<void>;
}

/** SHA-256 over the names and bytes of all files that the globs match, in a stable order. */
export function fingerprint(globs: readonly string[], extra = ''): string {
  const hash = createHash('sha256').update(extra);
  const files = globSync([...globs], {
    cwd: root,
    withFileTypes: false,
    exclude: (name) => /(^|\/)(node_modules|__pycache__|dist)(\/|$)/.test(String(name)),
  }).sort();
  for (const file of files) {
    const absolute = path.join(root, file);
    try {
      hash.update(file).update(readFileSync(absolute));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error;
    }
  }
  return hash.digest('hex');
}

/** Names of the wanted steps and of all that they stand on, each once, dependencies first. */
export function inOrder(steps: readonly SetUpStep[], wanted: readonly string[]): SetUpStep[] {
  const byName = new Map(steps.map((step) => [step.name, step]));
  const order: SetUpStep[] = [];
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name))
      throw new SetUpError(`set-up steps depend on each other in a circle: ${path.join(' -> ')}.`);
    const step = byName.get(name);
    if (!step) throw new SetUpError(`set-up has no step "${name}"; it has ${[...byName.keys()].join(', ')}.`);
    if (order.includes(step)) return;
    for (const earlier of step.after) visit(earlier, [...path, name]);
    order.push(step);
  };
  for (const name of wanted) visit(name, []);
  return order;
}

const stampOf = (step: SetUpStep): string => path.join(places.stamps, `${step.name}.sha256`);

export function isDone(step: SetUpStep): boolean {
  if (!step.outputs.every((output) => existsSync(output))) return false;
  return existsSync(stampOf(step)) && readFileSync(stampOf(step), 'utf8') === fingerprint(step.inputs);
}

/** Runs the steps, each as soon as those before it are done; a failure lets the running ones end and starts no more. */
export async function carryOut(steps: readonly SetUpStep[], report: (line: string) => void): Promise<void> {
  const running = new Map<string, Promise<boolean>>();
  for (const step of steps) {
    running.set(
      step.name,
      (async () => {
        const before = await Promise.all(step.after.map((name) => running.get(name) ?? Promise.resolve(false)));
        if (!before.includes(true) && isDone(step)) return false;
        const started = Date.now();
        report(`${step.name} ...`);
        await step.run((line) => report(`${step.name}: ${line}`));
        mkdirSync(places.stamps, { recursive: true });
        writeFileSync(stampOf(step), fingerprint(step.inputs));
        report(`${step.name}: done in ${((Date.now() - started) / 1000).toFixed(0)} s`);
        return true;
      })(),
    );
  }
  const results = await Promise.allSettled(running.values());
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
