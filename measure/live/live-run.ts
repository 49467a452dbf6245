import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { LiveMode } from '../../lambdas/contracts/live.ts';
import { liveEnvironment } from '../../local/live/environment.ts';
import type { Instance } from '../../local/supervisor/instance.ts';
import { places } from '../../setup/places.ts';
import { EventReceiver, type ReceivedEvent } from './event-receiver.ts';
import type { FeedClip } from './feed-clip.ts';
import { FeedSender } from './feed-sender.ts';
import { processorSeconds } from './processor-time.ts';

const port = 6368;
/** A cable is out for so long; the feed goes on without it. */
const pulledSeconds = 6;
/** Several windows, so that every detector has settled between two disturbances. */
const calmSeconds = 12;

export interface LiveRunOptions {
  instance: Instance;
  clip: FeedClip;
  mode: LiveMode;
  seconds: number;
  /** Process ids of the model server. */
  modelProcesses: readonly number[];
}
export interface TakenFrame {
  /** Presentation time on the feed's clock. */
  seconds: number;
  arrivedAt: number;
}
export interface LiveRun {
  events: ReceivedEvent[];
  taken: TakenFrame[];
  /** 48 x 27 pixels of RGB of each taken frame, end to end. */
  pixels: Buffer;
  sender: FeedSender;
  exitCode: number | null;
  /** Processor time of the model server over the time that the feed ran. */
  modelShare: number;
  /** Of the service, decoder and clips included. */
  serviceShare: number;
}

/** Plays the feed to the service for so long, then disturbs it: three cable pulls and a clock that is set. */
export async function runLive({ instance, clip, mode, seconds, modelProcesses }: LiveRunOptions): Promise<LiveRun> {
  const folder = path.join(places.workshop, 'measure', 'live', mode);
  mkdirSync(folder, { recursive: true });
  const files = [path.join(folder, 'pixels.raw'), path.join(folder, 'times.txt')] as const;
  const receiver = new EventReceiver();
  await receiver.start(`measure-live-${mode}`);
  const environment = await liveEnvironment(instance, {
    feed: { name: mode, title: 'Measured feed', desk: 'measure', mode },
    address: `udp://127.0.0.1:${port}?fifo_size=100000&overrun_nonfatal=1`,
  });
  const service = spawn(process.execPath, [path.join(import.meta.dirname, 'tapped-service.ts'), ...files], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => service.kill('SIGKILL'));
  service.stdout.pipe(createWriteStream(path.join(folder, 'service.log')));
  const ended = new Promise<number | null>((resolve) => service.once('exit', resolve));
  const sender = new FeedSender(clip.file, port);
  await wait(1500);
  sender.start();
  const used = () => modelProcesses.reduce((sum, id) => sum + processorSeconds(id), 0);
  const before = { model: used(), at: performance.now() };
  await wait(seconds * 1000);
  const modelShare = (used() - before.model) / ((performance.now() - before.at) / 1000);
  const serviceShare = shareOf(service, before.at);
  await disturb(sender);
  service.kill('SIGTERM');
  const exitCode = await ended;
  await sender.stop();
  await wait(2000);
  await receiver.stop();
  return {
    events: receiver.received,
    taken: readTimes(files[1]),
    pixels: readFileSync(files[0]),
    sender,
    exitCode,
    modelShare,
    serviceShare,
  };
}

async function disturb(sender: FeedSender): Promise<void> {
  for (let pull = 0; pull < 3; pull += 1) {
    await sender.pullCable(pulledSeconds);
    await wait(calmSeconds * 1000);
  }
  sender.setClock(-4000);
  await wait(calmSeconds * 1000);
}

function shareOf({ pid }: ChildProcess, since: number): number {
  return pid === undefined ? Number.NaN : processorSeconds(pid) / ((performance.now() - since) / 1000);
}

const readTimes = (file: string): TakenFrame[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number) as [number, number, number])
    .map(([, seconds, arrivedAt]) => ({ seconds, arrivedAt }));
