import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { execa } from 'execa';
import sharp from 'sharp';
import type { AssetKind } from '../../lambdas/contracts/assets.ts';
import type { CaptionSettings } from '../../lambdas/contracts/captions.ts';
import { parseIncomingKey } from '../../lambdas/contracts/keys.ts';
import { toSentPicture } from '../../lambdas/describe/sent-picture.ts';
import { readSamples, sampleFile } from '../../local/supervisor/newsroom.ts';
import { places } from '../../setup/places.ts';

/** One file that is going to arrive. */
export interface Arrival {
  key: string;
  read: () => Promise<{ body: Buffer | ReturnType<typeof createReadStream>; bytes: number }>;
}

const clipSeconds = 4;
/** Pictures of clips are of other numbers than photos are. */
const firstClipPhoto = 100_000;
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

/**
 * Pictures of the sample newsroom that come with a sidecar, as the provider knows them. Whether a caption is asked for
 * before people's words have arrived depends on the order of two uploads, with faults and without.
 */
export async function picturesWithSidecars(image: CaptionSettings['image']): Promise<Set<string>> {
  const samples = readSamples();
  const described = new Set(
    samples.flatMap(({ key }) => {
      const incoming = parseIncomingKey(key);
      return incoming?.sidecar === undefined ? [] : [incoming.stem];
    }),
  );
  const photos = samples.filter(({ key, type }) => {
    const incoming = parseIncomingKey(key);
    return type === 'photo' && incoming?.sidecar === undefined && described.has(incoming?.stem ?? '');
  });
  const fingerprints = photos.map(async (sample) => {
    const { jpeg } = await toSentPicture(await readFile(sampleFile(sample)), image);
    return createHash('sha256').update(jpeg).digest('hex');
  });
  return new Set(await Promise.all(fingerprints));
}

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

/**
 * Two shots, each a slow move over a pattern of the clip's own, so that no two keyframes of any clips are near-duplicates:
 * whose caption one of those shows depends on which of them came first. Made once and kept.
 */
async function madeClip(number: number): Promise<Buffer> {
  const folder = path.join(places.workshop, 'measure', 'moving-clips');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${number}.mp4`);
  if (!existsSync(file)) {
    const own = path.join(folder, `.${number}.${process.pid}`);
    const scenes = [0, 1].map((scene) => `${own}.${scene}.jpg`);
    for (const [scene, picture] of scenes.entries())
      writeFileSync(picture, await madePhoto(firstClipPhoto + 2 * number + scene));
    const moving = (scene: number) => `[${scene}:v]crop=320:180:x='20+10*t':y=60,setsar=1[${scene}m]`;
    await execa(places.ffmpeg, [
      ...['-hide_banner', '-loglevel', 'error', '-y'],
      ...scenes.flatMap((picture) => ['-loop', '1', '-framerate', '25', '-t', String(clipSeconds / 2), '-i', picture]),
      ...['-filter_complex', `${moving(0)};${moving(1)};[0m][1m]concat=n=2:v=1[v]`, '-map', '[v]'],
      ...['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-metadata', `comment=${number}`],
      `${own}.mp4`,
    ]);
    for (const picture of scenes) rmSync(picture);
    renameSync(`${own}.mp4`, file);
  }
  return readFile(file);
}

/** A story of which a later version takes the place: the documents of the earlier one are taken out again. */
export function madeVersions(number: number, folder: string): Arrival[] {
  return ['1', '2'].map((version) => {
    const [headline = '', , ...text] = madeStory(number).split('\n');
    const body = Buffer.from(
      JSON.stringify({
        uri: `tag:wirescope.example,2026:made/${number}`,
        standard: { name: 'ninjs', version: '3.1' },
        type: 'text',
        version,
        versionCreated: `2026-02-11T1${version}:00:00Z`,
        pubStatus: 'usable',
        language: 'en',
        headlines: [{ role: 'main', contentType: 'text/plain', value: headline }],
        bodies: [
          { role: 'main', contentType: 'text/plain', value: [...text, `This is version ${version}.`].join('\n\n') },
        ],
      }),
    );
    return {
      key: `${folder}/versions-${String(number).padStart(4, '0')}-${version}.json`,
      read: async () => ({ body, bytes: body.length }),
    };
  });
}

/** Puts a file where it arrives. @returns the version that it became. */
export async function send(s3: S3Client, bucket: string, arrival: Arrival): Promise<string | undefined> {
  const { body, bytes } = await arrival.read();
  const answer = await s3.send(
    new PutObjectCommand({ Bucket: bucket, Key: arrival.key, Body: body, ContentLength: bytes }),
  );
  return answer.VersionId;
}
