import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { instanceOf } from './instance.ts';

const { values } = parseArgs({ options: { instance: { type: 'string', default: 'demo' } } });
const { directory } = instanceOf(values.instance, 0);
if (existsSync(path.join(directory, 'ready.json'))) {
  console.error('wirescope: the system is running: stop it with Ctrl-C, then reset it.');
  process.exitCode = 1;
} else {
  await rm(directory, { recursive: true, force: true });
  console.log('The archive is empty; `npm start` fills it with the sample newsroom again.');
}
