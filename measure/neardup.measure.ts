import { createHash } from 'node:crypto';
import path from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import sharp from 'sharp';
import { derivedKeys } from '../lambdas/contracts/keys.ts';
import { type LookedAt, NearDuplicateSearch } from '../lambdas/describe/likeness/near-duplicate-search.ts';
import { perceptualHash, toWebp } from '../lambdas/runtime/renditions.ts';
import { root } from '../setup/places.ts';
import { type Measurement, percentile } from './measurement.ts';
import { MemoryIndex } from './neardup/memory-index.ts';
import { type Half, type Picture, readPictures, seeded, seedOf } from './neardup/pictures.ts';
import { readStories, storyVariants, underBoilerplate } from './neardup/stories.ts';
import { variants } from './neardup/variants.ts';
import { readClips, shotsOf, videoVariants } from './neardup/videos.ts';
import { type MeasurePart, measureParts, readParts } from './parts.ts';

const wantedPrecision = 0.99;
/** Mean difference in grey levels at 64 pixels below which two frames of a scene show the same: nothing has moved. */
const unmovedGreyLevels = 2;

interface Row {
  kind: string;
  asked: number;
  found: number;
  /** Assets that were taken for the same and are not. */
  wrong: number;
  wantedRecall?: number | undefined;
}

const idOf = (name: string): string => createHash('sha256').update(name).digest('hex');
const asset = (kind: LookedAt['kind'], name: string): LookedAt => ({
  assetId: idOf(name),
  kind,
  arrivedAt: new Date(0).toISOString(),
  bytes: 1,
});

/**
 * Precision and recall of near-duplicates by what was done to them, through the product's own search over its buckets.
 * @param options the parts to run, all where none is named; the figures of the others stay in the file as they were.
 */
export async function measure(options: readonly string[]): Promise<Measurement> {
  const { values, positionals } = parseArgs({
    args: [...options],
    options: { half: { type: 'string', default: 'reporting' } },
    allowPositionals: true,
  });
  const half: Half = values.half === 'tuning' ? 'tuning' : 'reporting';
  const parts: Record<string, MeasurePart> = {
    pictures: () => picturesPart(half),
    stories: async () => judged('stories', half, await measureStories(half)),
    videos: async () => judged('videos', half, await measureVideos(half)),
  };
  const unknown = positionals.filter((name) => !(name in parts));
  if (unknown.length > 0)
    throw new Error(
      `the measure of near-duplicates has no part "${unknown[0]}"; there is ${Object.keys(parts).join(', ')}.`,
    );
  const wanted = positionals.length > 0 ? positionals : Object.keys(parts);
  // What was left of the other half is another measurement.
  const earlier = half === 'reporting' ? readParts(path.join(root, 'measurements', 'neardup.json')) : {};
  return measureParts(parts, wanted, earlier);
}

async function picturesPart(half: Half): Promise<Measurement> {
  const { rows, count, readsPerLook, milliseconds, leftOut, mistaken } = await measurePictures(half);
  const measured = judged('pictures', half, rows);
  return {
    ...measured,
    figures: {
      ...measured.figures,
      pictures: count,
      readsPerPhoto: Math.round(readsPerLook),
      medianMillisecondsPerPhoto: Math.round(percentile(milliseconds, 0.5)),
      p95MillisecondsPerPhoto: Math.round(percentile(milliseconds, 0.95)),
    },
    details: { rows, leftOut, mistaken },
  };
}

function judged(part: string, half: Half, rows: readonly Row[]): Measurement {
  print(rows);
  const found = rows.reduce((sum, row) => sum + row.found, 0);
  const wrong = rows.reduce((sum, row) => sum + row.wrong, 0);
  const precision = found / (found + wrong);
  return {
    targets: [
      {
        name: `precision at least ${wantedPrecision}`,
        holds: precision >= wantedPrecision,
        found: `${precision.toFixed(4)}: ${wrong} wrong beside ${found}`,
      },
      ...rows.flatMap(({ kind, asked, found: again, wantedRecall }) =>
        wantedRecall === undefined
          ? []
          : [
              {
                name: `recall of ${kind} at least ${wantedRecall}`,
                holds: asked > 0 && again / asked >= wantedRecall,
                found: `${(again / asked).toFixed(3)} of ${asked}`,
              },
            ],
      ),
    ],
    figures: { half, [`${part}Precision`]: precision.toFixed(4) },
    details: { rows },
  };
}

function print(rows: readonly Row[]): void {
  const table = new Table({ head: ['kind', 'asked', 'found', 'recall', 'wrong'] });
  for (const { kind, asked, found, wrong } of rows)
    table.push([kind, asked, found, asked === 0 || found + wrong === 0 ? '' : (found / asked).toFixed(3), wrong]);
  console.log(table.toString());
}

async function measurePictures(half: Half) {
  const { index, search } = open();
  const { kept: pictures, leftOut } = await withoutUnmoved(await readPictures(half));
  const milliseconds: number[] = [];
  const mistaken: string[] = [];
  const look = async (name: string, bytes: Buffer): Promise<string[]> => {
    const looked = asset('photo', name);
    const thumbnail = await toWebp(sharp(bytes), 'thumbnail');
    index.putThumbnail(derivedKeys.thumbnail(looked.assetId, 'photo'), thumbnail);
    const hash = await perceptualHash(bytes);
    const started = performance.now();
    await search.ofPhoto(looked, bytes, hash);
    milliseconds.push(performance.now() - started);
    return (index.confirmed.get(`${looked.assetId}.photo.0`) ?? []).map(({ assetId }) => assetId);
  };
  const names = new Map(pictures.map(({ name }) => [idOf(name), name]));
  const byKind = new Map<string, Row>();
  for (const { name, bytes, kind } of pictures) {
    const row = byKind.get(kind) ?? { kind: `different: ${kind}`, asked: 0, found: 0, wrong: 0 };
    byKind.set(kind, row);
    const taken = await look(name, bytes);
    row.asked += 1;
    row.wrong += taken.length;
    mistaken.push(...taken.map((id) => `${name} for ${names.get(id)}`));
  }
  const random = seeded(seedOf(half) + 7);
  const rows: Row[] = [];
  for (const { kind, wantedRecall, minSide = 0, make } of variants) {
    const row: Row = { kind, asked: 0, found: 0, wrong: 0, wantedRecall };
    for (const { name, bytes } of pictures) {
      const { width, height } = await sharp(bytes).metadata();
      if (Math.max(width, height) < minSide) continue;
      const made = `${kind} of ${name}`;
      const taken = await look(made, await make(bytes, { width, height }, random));
      index.forget(idOf(made));
      row.asked += 1;
      row.found += taken.includes(idOf(name)) ? 1 : 0;
      const others = taken.filter((id) => id !== idOf(name));
      row.wrong += others.length;
      mistaken.push(...others.map((id) => `${made} for ${names.get(id)}`));
    }
    rows.push(row);
    console.error(`${kind}: ${row.found} of ${row.asked}, ${row.wrong} wrong`);
  }
  return {
    rows: [...byKind.values(), ...rows],
    count: pictures.length,
    readsPerLook: index.reads / milliseconds.length,
    milliseconds,
    leftOut,
    mistaken,
  };
}

/** Frames of a scene in which nothing has moved since another one are that one: they are neither right nor wrong. */
async function withoutUnmoved(pictures: readonly Picture[]): Promise<{ kept: Picture[]; leftOut: string[] }> {
  const kept: { picture: Picture; grey: Buffer }[] = [];
  const leftOut: string[] = [];
  for (const picture of pictures) {
    const grey = await sharp(picture.bytes).greyscale().resize(64, 64, { fit: 'fill' }).raw().toBuffer();
    const isUnmoved = kept.some(
      (other) => other.picture.family === picture.family && meanDifference(other.grey, grey) < unmovedGreyLevels,
    );
    if (isUnmoved) leftOut.push(picture.name);
    else kept.push({ picture, grey });
  }
  return { kept: kept.map(({ picture }) => picture), leftOut };
}

const meanDifference = (one: Buffer, other: Buffer): number =>
  one.reduce((sum, value, at) => sum + Math.abs(value - (other[at] as number)), 0) / one.length;

function open(): { index: MemoryIndex; search: NearDuplicateSearch } {
  const index = new MemoryIndex();
  return { index, search: new NearDuplicateSearch(index.clients()) };
}

async function measureStories(half: Half): Promise<Row[]> {
  const { index, search } = open();
  const stories = readStories(half);
  const look = async (name: string, text: string): Promise<string[]> => {
    const looked = asset('story', name);
    await search.ofStory(looked, text);
    return (index.confirmed.get(`${looked.assetId}.passage.0`) ?? []).map(({ assetId }) => assetId);
  };
  const different: Row = { kind: 'different: stories', asked: 0, found: 0, wrong: 0 };
  const alike: Row = { kind: 'different: stories under one boilerplate', asked: 0, found: 0, wrong: 0 };
  for (const { name, text } of stories) {
    different.wrong += (await look(name, text)).length;
    different.asked += 1;
  }
  const other = open();
  for (const { name, text } of stories) {
    const looked = asset('story', name);
    await other.search.ofStory(looked, underBoilerplate(text));
    alike.wrong += (other.index.confirmed.get(`${looked.assetId}.passage.0`) ?? []).length;
    alike.asked += 1;
  }
  const random = seeded(seedOf(half) + 11);
  const rows: Row[] = [];
  for (const { kind, wantedRecall, make } of storyVariants) {
    const row: Row = { kind, asked: 0, found: 0, wrong: 0, wantedRecall };
    for (const { name, text } of stories) {
      const taken = await look(`${kind} of ${name}`, make(text, random));
      index.forget(idOf(`${kind} of ${name}`));
      row.asked += 1;
      row.found += taken.includes(idOf(name)) ? 1 : 0;
      row.wrong += taken.filter((id) => id !== idOf(name)).length;
    }
    rows.push(row);
  }
  return [different, alike, ...rows];
}

async function measureVideos(half: Half): Promise<Row[]> {
  const { index, search } = open();
  const clips = readClips(half);
  const look = async (clip: Parameters<typeof shotsOf>[0], how: Parameters<typeof shotsOf>[1]) => {
    const { assetId, file, keyframes } = await shotsOf(clip, how);
    for (const [ordinal, bytes] of keyframes.entries())
      index.putThumbnail(derivedKeys.thumbnail(assetId, String(ordinal)), await toWebp(sharp(bytes), 'thumbnail'));
    await search.ofVideo({ ...asset('video', ''), assetId }, file);
    return { assetId, taken: index.joined.get(assetId) ?? [] };
  };
  const different: Row = { kind: 'different: videos', asked: 0, found: 0, wrong: 0 };
  const originals = new Map<string, string>();
  for (const clip of clips) {
    const { assetId, taken } = await look(clip, { trimmed: 0, encoding: ['-crf', '18'] });
    originals.set(clip.name, assetId);
    different.asked += 1;
    different.wrong += taken.length;
  }
  const rows: Row[] = [];
  for (const { kind, wantedRecall, ...how } of videoVariants) {
    const row: Row = { kind, asked: 0, found: 0, wrong: 0, wantedRecall };
    for (const clip of clips) {
      const { assetId, taken } = await look(clip, how);
      index.forget(assetId);
      row.asked += 1;
      row.found += taken.includes(originals.get(clip.name) ?? '') ? 1 : 0;
      row.wrong += taken.filter((id) => id !== originals.get(clip.name)).length;
    }
    rows.push(row);
  }
  return [different, ...rows];
}
