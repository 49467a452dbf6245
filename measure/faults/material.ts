import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, renameSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { execa } from 'execa';
import sharp from 'sharp';
import type { AssetKind } from '../../lambdas/contracts/assets.ts';
import { readSamples, sampleFile } from '../../local/supervisor/newsroom.ts';
import { places } from '../../setup/places.ts';

/** One file that is going to arrive. */
export interface Arrival {
  key: string;
  read: () => Promise<{ body: Buffer | ReturnType<typeof createReadStream>; bytes: number }>;
}

const clipSeconds = 4;
const sites = ['harbour', 'market', 'stadium', 'parliament', 'station', 'clinic', 'bridge', 'school'];
const doings = ['opened again', 'was closed', 'was flooded', 'drew a crowd', 'stood empty', 'was rebuilt'];
const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** The sample newsroom, in the order in which it is sent. */
export const sampleArrivals = (): Arrival[] =>
  readSamples().map((sample) => ({
    key: sample.key,
    read: async () => {
      const file = sampleFile(sample);
      return { body: createReadStream(file), bytes: (await stat(file)).size };
    },
  }));

/** A file of its own content for each number; photos and videos have no words, so that captions are made. */
export function madeArrival(kind: AssetKind, number: number, folder: string): Arrival {
  const name = `${folder}/${kind}-${String(number).padStart(4, '0')}`;
  const of = (extension: string, make: () => Promise<Buffer>): Arrival => ({
    key: `${name}.${extension}`,
    read: async () => {
      const body = await make();
      return { body, bytes: body.length };
    },
  });
  switch (kind) {
    case 'photo':
      return of('jpg', () => madePhoto(number));
    case 'story':
      return of('txt', async () => Buffer.from(madeStory(number)));
    case 'video':
      return of('mp4', () => madeClip(number));
  }
}

/** Soft colours and a coarse pattern, both by the number: no two of them look alike. */
async function madePhoto(number: number): Promise<Buffer> {
  const [columns, rows] = [8, 6];
  const cells = createHash('shake256', { outputLength: columns * rows * 3 })
    .update(String(number))
    .digest();
  return sharp(cells, { raw: { width: columns, height: rows, channels: 3 } })
    .resize(640, 480, { kernel: 'cubic' })
    .jpeg({ quality: 80 })
    .toBuffer();
}

function madeStory(number: number): string {
  const pick = <T>(list: readonly T[], by: number): T | string => list[by % list.length] ?? '';
  const site = pick(sites, number);
  return [
    `Report ${number}: ${site} ${pick(doings, number >> 3)}`,
    '',
    `The ${site} of district ${number} ${pick(doings, number >> 3)} on ${pick(days, number >> 1)}, ${number % 27} days after the storm.`,
    `Officials counted ${number * 37} visitors, of whom ${number * 11} came from outside. Case number ${number * 7919}.`,
  ].join('\n');
}

/** A moving test pattern in a hue of its own, with a cut in its middle; made once and kept. */
async function madeClip(number: number): Promise<Buffer> {
  const folder = path.join(places.workshop, 'measure', 'made-clips');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${number}.mp4`);
  if (!existsSync(file)) {
    const unfinished = path.join(folder, `.${number}.${process.pid}.mp4`);
    await execa(places.ffmpeg, [
      ...['-hide_banner', '-loglevel', 'error', '-y'],
      ...['-f', 'lavfi', '-i', `testsrc2=size=320x180:rate=25:duration=${clipSeconds}`],
      ...['-vf', `hue=h=${(number * 47) % 360},negate=enable='gte(t,${clipSeconds / 2})'`],
      ...[
        '-c:v',
        'libx264',
        '-preset',
        'veryfast',
        '-pix_fmt',
        'yuv420p',
        '-metadata',
        `comment=${number}`,
        unfinished,
      ],
    ]);
    renameSync(unfinished, file);
  }
  return readFile(file);
}

/** Puts a file where it arrives. @returns the version that it became. */
export async function send(s3: S3Client, bucket: string, arrival: Arrival): Promise<string | undefined> {
  const { body, bytes } = await arrival.read();
  const answer = await s3.send(
    new PutObjectCommand({ Bucket: bucket, Key: arrival.key, Body: body, ContentLength: bytes }),
  );
  return answer.VersionId;
}
