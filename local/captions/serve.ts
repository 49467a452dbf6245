import { parseArgs } from 'node:util';
import { createCaptionApi } from './caption-api.ts';

const { values } = parseArgs({ options: { port: { type: 'string' } } });
const port = Number(values.port);
if (!Number.isInteger(port)) throw new Error('usage: serve.ts --port PORT');
createCaptionApi().listen(port, '127.0.0.1', () => console.log(`caption API on http://127.0.0.1:${port}/v1`));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(0));
