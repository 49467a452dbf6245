import { createHash } from 'node:crypto';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { madeArrival } from '../faults/material.ts';

/** One file of the measure, with a word that stands in no other. */
export interface Item {
  number: number;
  kind: 'photo' | 'story' | 'video';
  key: string;
  body: Buffer;
  assetId: string;
  /** Absent where nobody wrote a word: its caption is made. */
  word?: string | undefined;
  sidecar?: { key: string; body: string };
}

const desk = 'withdrawals';
const syllables = ['ba', 'ke', 'li', 'mo', 'nu', 'ra', 'si', 'to', 've', 'wo'];
/** Pronounceable, five syllables, in no dictionary. */
const wordOf = (number: number): string =>
  String(number * 7919 + 10_007)
    .padStart(5, '0')
    .slice(-5)
    .split('')
    .map((digit) => syllables[Number(digit)])
    .join('');

const sha256 = (body: Buffer): string => createHash('sha256').update(body).digest('hex');

/** Every second photo has its words in a sidecar, the others have none. */
export async function madeItem(kind: Item['kind'], number: number): Promise<Item> {
  const word = wordOf(number);
  if (kind === 'story') {
    const body = Buffer.from(
      `The ${word} affair, part ${number}\n\nOfficials in ${word} met ${number + 2} times about the ${word} harbour. ${'The talks go on. '.repeat(number % 5)}\n`,
    );
    return { number, kind, key: `incoming/${desk}/${word}.txt`, body, assetId: sha256(body), word };
  }
  const { body: made } = await madeArrival(kind, 5_000 + number, desk).read();
  const body = made as Buffer;
  const item = { number, kind, body, assetId: sha256(body) };
  const stem = `incoming/${desk}/${kind}-${number}`;
  const key = `${stem}.${kind === 'photo' ? 'jpg' : 'mp4'}`;
  if (number % 2 === 1) return { ...item, key };
  const ninjs = { uri: `urn:withdraw:${number}`, headline: `A regatta at ${word}`, language: 'en' };
  return { ...item, key, word, sidecar: { key: `${stem}.ninjs.json`, body: JSON.stringify(ninjs) } };
}

/** A near-duplicate that came before anybody withdrew anything, and stays. */
export async function twinOf({ body, number }: Item): Promise<Item> {
  const twin = await sharp(body).resize(560).jpeg({ quality: 70 }).toBuffer();
  return { number, kind: 'photo', key: `incoming/${desk}/twin-${number}.jpg`, body: twin, assetId: sha256(twin) };
}

/** The same picture as somebody else would send it. */
export const reencoded = (body: Buffer): Promise<Buffer> => sharp(body).resize(480).webp({ quality: 60 }).toBuffer();

export async function send(s3: S3Client, bucket: string, { key, body, sidecar }: Item): Promise<void> {
  if (sidecar !== undefined)
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: sidecar.key, Body: sidecar.body }));
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}
