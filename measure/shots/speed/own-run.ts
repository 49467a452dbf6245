import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Readable } from 'node:stream';
import { shotsModelSchema } from '../../../lambdas/contracts/models.ts';
import { detectTransitions } from '../../../lambdas/detection/detect-transitions.ts';
import { type FrameLook, FrameObserver } from '../../../lambdas/detection/frame-look.ts';
import { splitFrames } from '../../../lambdas/detection/frames.ts';
import { windowsOfChunk } from '../../../lambdas/detection/windows.ts';
import { decodeChunkFrames } from '../../../lambdas/shots/chunk-decoding.ts';
import type { Chunk } from '../../../lambdas/shots/chunk-plan.ts';
import { planVideo } from '../../../lambdas/shots/plan-video.ts';
import { probeVideo } from '../../../lambdas/shots/probe.ts';
import { middlesOf } from '../../../lambdas/shots/stitch.ts';
import { places, root } from '../../../setup/places.ts';

/**
 * A video from bytes to shots by the archive step's own parts, without buckets between them, in as many chunks side by
 * side as there are cores: `own-run.ts VIDEO MODEL_JSON SESSION_SCRIPT ARCHIVE [decode]`. Prints JSON; the time begins
 * when the model is loaded, as the published package's does. With `decode` windows are made and thrown away.
 */
const [inputPath = '', modelFile = '', script = '', archive = '', mode] = process.argv.slice(2);
const model = shotsModelSchema.parse(JSON.parse(readFileSync(modelFile, 'utf8')));
const tools = { ffmpegPath: places.ffmpeg, ffprobePath: places.ffprobe };
const timeoutSeconds = 3600;
const { windowFrames } = model.limits;
interface Heads {
  single: number[][];
  many: number[][];
}

const session = spawn(places.pythonBinary, [script, archive, 'serve', String(windowFrames)], {
  cwd: root,
  env: { PATH: process.env['PATH'], PYTHONPATH: root },
  stdio: ['pipe', 'pipe', 'inherit'],
});
const answers = splitAnswers(session.stdout);
await answers.next();

const started = performance.now();
const facts = await probeVideo(tools, inputPath);
const plan = await planVideo(tools, facts, {
  inputPath,
  geometry: model.limits,
  framesPerChunk: Math.ceil(
    ((facts.promisedSeconds ?? Number.POSITIVE_INFINITY) * facts.framesPerSecond) / availableParallelism(),
  ),
  timeoutSeconds,
});
/** The chunk of each window that was sent, in order: so come the answers. */
const senders: number[] = [];
const heads = plan.chunks.map(() => ({ single: [] as number[][], many: [] as number[][] }));
const looks: FrameLook[][] = plan.chunks.map(() => []);
const collecting = collect();
await Promise.all(plan.chunks.map(take));
session.stdin.end();
await collecting;
const result = { frames: plan.frameCount, shots: 0, seconds: 0 };
if (mode !== 'decode') {
  const frames = plan.chunks.flatMap((each, chunk) =>
    middlesOf({ outputs: heads[chunk] as Heads }, framesOf(each), model.limits).map((probability, frame) => ({
      ...probability,
      look: looks[chunk]?.[frame] as FrameLook,
    })),
  );
  const options = { settings: model.postprocessing, framesPerSecond: facts.framesPerSecond };
  result.shots = detectTransitions(frames, options).length;
}
result.seconds = (performance.now() - started) / 1000;
console.log(JSON.stringify(result));

async function take(each: Chunk, chunk: number): Promise<void> {
  const decoding = decodeChunkFrames(tools, facts, plan, chunk, { inputPath, timeoutSeconds });
  const observer = new FrameObserver();
  async function* observed() {
    for await (const { pixels, isOwn } of decoding.frames) {
      const look = observer.look(pixels);
      if (isOwn) looks[chunk]?.push(look);
      yield pixels;
    }
  }
  const own = { firstFrame: each.firstFrame, frameCount: framesOf(each) };
  for await (const window of windowsOfChunk(observed(), model.limits, own)) {
    if (mode === 'decode') continue;
    senders.push(chunk);
    if (!session.stdin.write(window)) await new Promise((resolve) => session.stdin.once('drain', resolve));
  }
  await decoding.finish();
}

function framesOf({ firstFrame, lastFrame }: Chunk): number {
  return lastFrame - firstFrame + 1;
}

async function collect(): Promise<void> {
  let at = 0;
  for await (const answer of answers) {
    const numbers = [...new Float32Array(answer.buffer, answer.byteOffset, 2 * windowFrames)];
    const chunk = heads[senders[at] as number] as Heads;
    chunk.single.push(numbers.slice(0, windowFrames));
    chunk.many.push(numbers.slice(windowFrames));
    at += 1;
  }
}

/** First the line that the model is loaded, then both heads of each window. */
async function* splitAnswers(output: Readable): AsyncGenerator<Buffer> {
  const greeting = 'ready\n'.length;
  let isGreeted = false;
  async function* rest() {
    for await (const bytes of output as AsyncIterable<Buffer>) {
      yield bytes;
    }
  }
  const bytes = rest();
  let held = Buffer.alloc(0);
  while (!isGreeted) {
    const next = await bytes.next();
    if (next.done === true) throw new Error('the session ended before it was ready');
    held = Buffer.concat([held, next.value]);
    isGreeted = held.length >= greeting;
  }
  yield held.subarray(0, greeting);
  const first = held.subarray(greeting);
  async function* together() {
    yield first;
    yield* bytes;
  }
  for await (const answer of splitFrames(together(), 2 * windowFrames * Float32Array.BYTES_PER_ELEMENT))
    yield Buffer.from(answer);
}
