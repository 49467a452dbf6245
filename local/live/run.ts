import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { liveModeSchema } from '../../lambdas/contracts/live.ts';
import { root } from '../../setup/places.ts';
import { defaultBasePort, instanceOf } from '../supervisor/instance.ts';
import { liveEnvironment, NotRunningError } from './environment.ts';
import { sentenceOf } from './log-lines.ts';

const usage =
  'usage: npm run live -- URL [--desk DESK] [--title TITLE] [--mode normal|low-latency] [--instance NAME --base-port PORT]';
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    desk: { type: 'string', default: 'live' },
    title: { type: 'string', default: 'Live feed' },
    name: { type: 'string', default: 'local' },
    mode: { type: 'string', default: 'normal' },
    instance: { type: 'string', default: 'demo' },
    'base-port': { type: 'string', default: String(defaultBasePort) },
  },
});

async function run(): Promise<number> {
  const [address, ...more] = positionals;
  const mode = liveModeSchema.safeParse(options.mode);
  if (address === undefined || more.length > 0 || !mode.success) throw new NotRunningError(usage);
  const { desk, title, name } = options;
  const environment = await liveEnvironment(instanceOf(options.instance, Number(options['base-port'])), {
    feed: { name, title, desk, mode: mode.data },
    address,
  });
  const service = spawn(process.execPath, [path.join(root, 'lambdas', 'live', 'live.service.ts')], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // A terminal's Ctrl-C reaches the service too; a signal to this process alone is handed on.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => service.kill('SIGTERM'));
  for await (const line of createInterface({ input: service.stdout })) {
    const sentence = sentenceOf(line);
    if (sentence !== undefined) console.log(sentence);
  }
  return new Promise((resolve) => {
    if (service.exitCode !== null) resolve(service.exitCode);
    service.once('exit', (code) => resolve(code ?? 1));
  });
}

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof NotRunningError)) throw error;
  console.error(`wirescope: ${error.message}`);
  process.exitCode = 2;
}
