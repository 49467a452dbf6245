import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { packageNamed, servedLocally } from '../../setup/model-archives.ts';
import { SetUpError } from '../../setup/step.ts';
import { archiveTable } from './archive-table.ts';
import { Children, requireFreePorts, StartError } from './children.ts';
import { demoEditor } from './demo-editor.ts';
import { deploy } from './deployment.ts';
import { addresses, defaultBasePort, emulatorEnvironment, type Instance, instanceOf, lambdaSide } from './instance.ts';
import { readLedger } from './ledger-view.ts';
import { memoryMiB } from './memory.ts';
import { readSamples, uploadSamples } from './newsroom.ts';
import { captionsPlan, emulatorPlan, modelsPlan, openSearchPlan, pagePlan, vectorIndexPlan } from './plans.ts';
import { watchUntilSettled } from './progress.ts';
import { synthesise } from './synthesis.ts';

const { values: options } = parseArgs({
  options: {
    instance: { type: 'string', default: 'demo' },
    'base-port': { type: 'string', default: String(defaultBasePort) },
    'without-samples': { type: 'boolean', default: false },
    /** Pictures without words are captioned by a service that reads their pixels: for trying out, not for reading. */
    'with-captions': { type: 'boolean', default: false },
    /** Lambdas reach AWS, the index and the caption service through a proxy that whoever starts this has put there. */
    'through-proxy': { type: 'boolean', default: false },
    /** A package that is served as the embedding model's next version: for rehearsing a move to it. */
    'embed-next': { type: 'string' },
    /** End when the process that started this one does: what tests use, so that nothing outlives them. */
    'with-parent': { type: 'boolean', default: false },
  },
});

const modelsServed = (embedNext: string | undefined) => [
  ...servedLocally(),
  ...(embedNext === undefined ? [] : [packageNamed(embedNext)]),
];

const isTerminal = process.stdout.isTTY === true;
const started = Date.now();
const clearLine = isTerminal ? '\r\u001b[2K' : '';
const say = (line: string): void => console.log(`${clearLine}${line}`);
let lastStatus = '';
const status = (line: string): void => {
  if (isTerminal) process.stdout.write(`${clearLine}${line}`);
  else if (line !== lastStatus) console.log(line);
  lastStatus = line;
};
const seconds = (): string => `${((Date.now() - started) / 1000).toFixed(0)} s`;

const instance: Instance = instanceOf(options.instance, Number(options['base-port']));
mkdirSync(instance.directory, { recursive: true });
const readyFile = path.join(instance.directory, 'ready.json');
rmSync(readyFile, { force: true });
Object.assign(process.env, emulatorEnvironment(instance));

let isEnding = false;
const children = new Children(path.join(instance.directory, 'logs'), (name, logFile) => {
  say(`wirescope: ${name} ended by itself; its log is ${logFile}. Stopping.`);
  void end(1);
});

async function end(code: number): Promise<never> {
  if (!isEnding) {
    isEnding = true;
    rmSync(readyFile, { force: true });
    await children.stop();
    process.exit(code);
  }
  return new Promise(() => {});
}
process.on('SIGINT', () => {
  say('Stopping: the archive is kept, `npm start` finds it again.');
  void end(0);
});
process.on('SIGTERM', () => void end(0));
if (options['with-parent']) {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) void end(0);
  }, 500).unref();
}

async function run(): Promise<void> {
  const { ports } = instance;
  const isCaptioning = options['with-captions'];
  const side = lambdaSide(instance, { isProxied: options['through-proxy'] });
  await requireFreePorts({ ...ports }, 'choose others: `npm start -- --base-port 6500`');
  const served = modelsServed(options['embed-next']);
  const assembly = synthesise(instance, served, {
    captionApi: isCaptioning ? `${side.captions}/v1` : undefined,
    embedNext: options['embed-next'],
  });
  assembly.catch(() => {}); // Awaited below; a failure before that must not end the process without its sentence.
  await Promise.all([
    children.start(emulatorPlan(instance, side)),
    children.start(openSearchPlan(instance)).then(() => children.start(vectorIndexPlan(instance))),
    children.start(modelsPlan(instance)),
    ...(isCaptioning ? [children.start(captionsPlan(instance))] : []),
  ]);
  say(`local AWS, search and models are up (${seconds()})`);
  const outputs = await deploy(instance, await assembly, served);
  say(`stacks are deployed (${seconds()})`);
  await children.start(pagePlan(instance, outputs['DistributionDomainName'] ?? ''));

  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const readView = () => readLedger(client, outputs['LedgerTableName'] ?? '');
  if (!options['without-samples']) {
    const samples = readSamples();
    const before = await readView();
    const arrived = new Set(before.uploads.map((upload) => upload.object.key));
    const missing = samples.filter((sample) => !arrived.has(sample.key));
    if (missing.length > 0) {
      say(`uploading ${missing.length} files of the sample newsroom`);
      await uploadSamples(new S3Client({ forcePathStyle: true }), outputs['OriginalsBucketName'] ?? '', missing);
    }
    const view = await watchUntilSettled({ readView, samples, report: say, status, limitSeconds: 600 });
    if (missing.length > 0) say(archiveTable(view));
    say(`${view.assets.filter((asset) => asset.status === 'indexed').length} assets are searchable`);
  }
  const sayReady = (): void => {
    const processIds = children.processIds();
    const ready = { instance, addresses: addresses(instance), outputs, processIds, supervisor: process.pid };
    writeFileSync(readyFile, JSON.stringify(ready, null, 2));
  };
  sayReady();
  const processIds = children.processIds();
  process.on('SIGUSR2', () => {
    children.restart(emulatorPlan(instance, side)).then(sayReady, (error: Error) => {
      say(`wirescope: ${error.message}`);
      void end(1);
    });
  });
  say(`\nThe page: ${addresses(instance).page}   (sign in as ${demoEditor.username}, password ${demoEditor.password})`);
  say(`Ready after ${seconds()}, ${memoryMiB(Object.values(processIds))} MiB of memory. Ctrl-C stops everything.`);
  // The children keep no handle of this process open by themselves.
  setInterval(() => {}, 2 ** 30);
}

try {
  await run();
} catch (error) {
  const isExplained = error instanceof StartError || error instanceof SetUpError;
  console.error(isExplained ? `\nwirescope: ${error.message}` : error);
  await end(1);
}
