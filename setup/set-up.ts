import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { root } from './places.ts';
import { carryOut, inOrder, SetUpError } from './step.ts';
import { ffmpeg } from './steps/ffmpeg.ts';
import { layers } from './steps/layers.ts';
import { models } from './steps/models.ts';
import { openSearch } from './steps/open-search.ts';
import { page } from './steps/page.ts';
import { python } from './steps/python.ts';
import { relatedWords } from './steps/related-words.ts';
import { samples } from './steps/samples.ts';

const steps = [python, ffmpeg, layers, relatedWords, models, openSearch, samples, page];

/** What a command needs, by the name after `--for`. */
const needs = {
  packages: [],
  python: ['python'],
  synth: ['layers', 'related-words', 'page'],
  models: ['models'],
  page: ['page'],
  stack: ['layers', 'related-words', 'models', 'opensearch', 'page', 'samples'],
} as const satisfies Record<string, readonly string[]>;

async function main(): Promise<number> {
  const split = process.argv.indexOf('--');
  const own = split < 0 ? process.argv.slice(2) : process.argv.slice(2, split);
  const command = split < 0 ? [] : process.argv.slice(split + 1);
  const { values } = parseArgs({ args: own, options: { for: { type: 'string', default: 'stack' } } });
  const wanted = values.for.split(',').flatMap((need) => {
    if (!(need in needs))
      throw new SetUpError(`there is no set-up for "${need}"; there is one for ${Object.keys(needs).join(', ')}.`);
    return needs[need as keyof typeof needs];
  });
  await carryOut(inOrder(steps, wanted), (line) => console.error(`set-up: ${line}`));
  const [program, ...args] = command;
  if (!program) return 0;
  const child = spawn(program, args, { cwd: root, stdio: 'inherit' });
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  console.error(`wirescope: ${error.message}`);
  process.exitCode = 1;
}
