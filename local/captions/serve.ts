import { parseArgs } from 'node:util';
import { createCaptionApi } from './caption-api.ts';
import { politely } from './manner.ts';

const { values } = parseArgs({ options: { port: { type: 'string' } } });
const port = Number(values.port);
if (!Number.isInteger(port)) throw new Error('usage: serve.ts --port PORT');
// As the environment's settings say of it: what is asked again under one name is charged once.
createCaptionApi({ ...politely, honoursIdempotencyKeys: true }).listen(port, '127.0.0.1', () =>
  console.log(`caption API on http://127.0.0.1:${port}/v1`),
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(0));
