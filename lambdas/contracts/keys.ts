import { createHash } from 'node:crypto';
import { deskSchema } from './assets.ts';

/** Originals arrive below this prefix of the originals bucket; nothing else starts the workflow by its arrival. */
export const incomingPrefix = 'incoming/';
/** Originals that lie below this one wait until a backfill takes them: `backfill/<desk>/...`, so that they yield. */
export const backfillPrefix = 'backfill/';
const originalPrefixes: readonly string[] = [incomingPrefix, backfillPrefix];

/** Whether an original belongs to a backfill, which yields to live uploads. */
export const isBackfill = (key: string): boolean => key.startsWith(backfillPrefix);

/** Clips of a desk's feeds arrive below here, as any upload of the desk does: `<session>/<shot>/<title>.mp4`. */
export const livePrefix = (desk: string): string => `${incomingPrefix}${desk}/live/`;

/** The run on a feed whose shot an original is; undefined for what did not come from a feed. */
export const liveSessionOf = (key: string, desk: string): string | undefined => {
  const [session, shot, name] = key.startsWith(livePrefix(desk)) ? key.slice(livePrefix(desk).length).split('/') : [];
  return session && name && /^\d{5,}$/.test(shot ?? '') ? session : undefined;
};

/** Suffixes that make an upload the sidecar of the asset whose key is the rest. */
export const sidecarSuffixes = { ninjs: '.ninjs.json', shotlist: '.shotlist.txt' } as const;
export type SidecarKind = keyof typeof sidecarSuffixes;

export interface IncomingKey {
  desk: string;
  /** The key without its sidecar suffix or file extension: what joins an asset and its sidecars. */
  stem: string;
  fileName: string;
  sidecar?: SidecarKind;
}

/**
 * Reads a key of the originals bucket. Keys in EventBridge's S3 events are raw, so nothing is URL-decoded here.
 * @returns undefined where the key is not `incoming/<desk>/<file>` or `backfill/<desk>/<file>`, or tries to climb with `..`.
 */
export function parseIncomingKey(key: string): IncomingKey | undefined {
  const segments = key.split('/');
  if (segments.length < 3 || !originalPrefixes.includes(`${segments[0]}/`)) return undefined;
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) return undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what must be kept out
  if (/[\u0000-\u001f\u007f]/.test(key)) return undefined;
  const desk = deskSchema.safeParse(segments[1]);
  if (!desk.success) return undefined;
  const fileName = segments[segments.length - 1] ?? '';
  for (const [sidecar, suffix] of Object.entries(sidecarSuffixes) as [SidecarKind, string][]) {
    if (fileName.toLowerCase().endsWith(suffix) && fileName.length > suffix.length)
      return { desk: desk.data, stem: key.slice(0, -suffix.length), fileName, sidecar };
  }
  const dot = fileName.lastIndexOf('.');
  const stem = dot > 0 ? key.slice(0, key.length - (fileName.length - dot)) : key;
  return { desk: desk.data, stem, fileName };
}

/** An upload is one arrival: the same key and version always gives the same id, however often its event arrives. */
export function uploadId(object: { bucket: string; key: string; versionId?: string | undefined }): string {
  return createHash('sha256')
    .update(JSON.stringify([object.bucket, object.key, object.versionId ?? '']))
    .digest('hex')
    .slice(0, 32);
}

/** A shot's keyframe in keys: the best is number 0 and bears the shot's index alone. */
export const keyframeName = (shotIndex: number, number = 0): string =>
  number === 0 ? String(shotIndex) : `${shotIndex}-${number}`;

/** What the steps derive from assets lies below it in the derived bucket, each asset's in a folder of its own. */
export const assetsPrefix = 'assets/';
export const assetPrefix = (assetId: string): string => `${assetsPrefix}${assetId}/`;

/** Objects that the steps derive from an asset, in the derived bucket. */
export const derivedKeys = {
  shots: (assetId: string) => `assets/${assetId}/shots.json`,
  /** `name` is `keyframeName`'s: of the thumbnail of a shot too. */
  keyframe: (assetId: string, name: string) => `assets/${assetId}/keyframes/${name}.jpg`,
  thumbnail: (assetId: string, name: string) => `assets/${assetId}/thumbnails/${name}.webp`,
  /** A rendition that any browser plays or shows: `preview.mp4` of a video, `preview.webp` of a photo. */
  preview: (assetId: string, extension: 'mp4' | 'webp') => `assets/${assetId}/preview.${extension}`,
  descriptions: (assetId: string, attempt: number) => `assets/${assetId}/attempts/${attempt}/descriptions.json`,
  documents: (assetId: string, attempt: number) => `assets/${assetId}/attempts/${attempt}/documents.json`,
} as const;

/**
 * What the tasks of the shots step leave for each other, in the derived bucket below prefixes that expire. `run` stands
 * for all that such work depends on beside the asset's bytes, so that another model or grid never meets it.
 */
export const shotsWorkPrefix = 'work/shots/';
const chunkKey = (assetId: string, run: string, chunk: number, name: string): string =>
  `${shotsWorkPrefix}${assetId}/${run}/${String(chunk).padStart(5, '0')}/${name}`;
export const shotsWorkKeys = {
  plan: (assetId: string, run: string) => `${shotsWorkPrefix}${assetId}/${run}/plan.json`,
  /** The request body for the endpoint. */
  windows: (assetId: string, run: string, chunk: number) => chunkKey(assetId, run, chunk, 'windows.json'),
  /** Times and looks of the chunk's own frames. */
  frames: (assetId: string, run: string, chunk: number) => chunkKey(assetId, run, chunk, 'frames.json'),
  preview: (assetId: string, run: string, chunk: number) => chunkKey(assetId, run, chunk, 'preview.mp4'),
  /** The shots as the chunks' answers give them, before there are pictures of them. */
  found: (assetId: string, run: string) => `${shotsWorkPrefix}${assetId}/${run}/found.json`,
  /** The keyframes that lie in the chunk. */
  keyframes: (assetId: string, run: string, chunk: number) => chunkKey(assetId, run, chunk, 'keyframes.json'),
} as const;

/** Where an asynchronous endpoint leaves its answers and its failures, under names that it makes up. */
export const inferencePrefix = 'inference/';
export const inferencePrefixes = (endpoint: string) => ({
  output: `${inferencePrefix}${endpoint}/output/`,
  failure: `${inferencePrefix}${endpoint}/failure/`,
});

/** One sending of one chunk to the endpoint. */
export interface InferenceName {
  assetId: string;
  run: string;
  chunk: number;
  /** Counts from 1 with each sending of the same chunk. */
  sending: number;
}
/** SageMaker takes 64 printable characters: the asset's 32 bytes take 43 of them, the rest at most 21. */
export const inferenceId = ({ assetId, run, chunk, sending }: InferenceName): string =>
  [Buffer.from(assetId, 'hex').toString('base64url'), run, chunk.toString(36), sending.toString(36)].join('.');

/** @returns undefined where the id is none of `inferenceId`. */
export function parseInferenceId(id: string): InferenceName | undefined {
  const [, asset, run, chunk, sending] =
    /^([\w-]{43})\.([0-9a-f]{8})\.([0-9a-z]{1,5})\.([0-9a-z]{1,4})$/.exec(id) ?? [];
  if (!asset || !run || !chunk || !sending) return undefined;
  return {
    assetId: Buffer.from(asset, 'base64url').toString('hex'),
    run,
    chunk: Number.parseInt(chunk, 36),
    sending: Number.parseInt(sending, 36),
  };
}

/** What the archive holds, for queries to be read by, in the derived bucket. */
export const vocabularyPrefix = 'vocabulary/';
export const vocabularyKeys = {
  current: `${vocabularyPrefix}current.json.gz`,
  unfinished: `${vocabularyPrefix}unfinished.json.gz`,
  /** A withdrawal's wish for a count from nothing, and when the one in use was begun. */
  recount: `${vocabularyPrefix}recount.json`,
  counted: `${vocabularyPrefix}counted.json`,
} as const;

/** A Step Functions execution name: at most 80 characters, refused when used twice within 90 days. */
export const executionName = (assetId: string, attempt: number): string => `${assetId}-${attempt}`;
