import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { shotsModelSchema } from '../../../lambdas/contracts/models.ts';
import { detectTransitions } from '../../../lambdas/detection/detect-transitions.ts';
import { type FrameLook, FrameObserver } from '../../../lambdas/detection/frame-look.ts';
import { splitFrames } from '../../../lambdas/detection/frames.ts';
import { windowsOfChunk } from '../../../lambdas/detection/windows.ts';
import { decodeChunkFrames } from '../../../lambdas/shots/chunk-decoding.ts';
import { planVideo } from '../../../lambdas/shots/plan-video.ts';
import { probeVideo } from '../../../lambdas/shots/probe.ts';
import { middlesOf } from '../../../lambdas/shots/stitch.ts';
import { places, root } from '../../../setup/places.ts';

/**
 * A video from bytes to shots by the archive step's own parts, without buckets between them:
 * `own-run.ts VIDEO MODEL_JSON SESSION_SCRIPT ARCHIVE [decode]`. Prints JSON; the time begins when the model is loaded,
 * as the published package's does. With `decode` windows are made and thrown away.
 */
const [inputPath = '', modelFile = '', script = '', archive = '', mode] = process.argv.slice(2);
const model = shotsModelSchema.parse(JSON.parse(readFileSync(modelFile, 'utf8')));
const tools = { ffmpegPath: places.ffmpeg, ffprobePath: places.ffprobe };
const timeoutSeconds = 3600;
const { windowFrames } = model.limits;

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
  framesPerChunk: Number.MAX_SAFE_INTEGER,
  timeoutSeconds,
});
const decoding = decodeChunkFrames(tools, facts, plan, 0, { inputPath, timeoutSeconds });
const observer = new FrameObserver();
const looks: FrameLook[] = [];
async function* observed() {
  for await (const { pixels } of decoding.frames) {
    looks.push(observer.look(pixels));
    yield pixels;
  }
}
const collecting = collect();
for await (const window of windowsOfChunk(observed(), model.limits, { firstFrame: 0, frameCount: plan.frameCount }))
  if (mode !== 'decode' && !session.stdin.write(window))
    await new Promise((resolve) => session.stdin.once('drain', resolve));
session.stdin.end();
await decoding.finish();
const outputs = await collecting;
const result = { frames: plan.frameCount, shots: 0, seconds: 0 };
if (mode !== 'decode') {
  const probabilities = middlesOf({ outputs }, plan.frameCount, model.limits);
  const frames = probabilities.map((each, frame) => ({ ...each, look: looks[frame] as FrameLook }));
  const options = { settings: model.postprocessing, framesPerSecond: facts.framesPerSecond };
  result.shots = detectTransitions(frames, options).length;
}
result.seconds = (performance.now() - started) / 1000;
console.log(JSON.stringify(result));

async function collect(): Promise<{ single: number[][]; many: number[][] }> {
  const heads: { single: number[][]; many: number[][] } = { single: [], many: [] };
  for await (const answer of answers) {
    const numbers = [...new Float32Array(answer.buffer, answer.byteOffset, 2 * windowFrames)];
    heads.single.push(numbers.slice(0, windowFrames));
    heads.many.push(numbers.slice(windowFrames));
  }
  return heads;
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
