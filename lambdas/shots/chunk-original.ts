import { open } from 'node:fs/promises';
import type { MediaBucket, ObjectReference } from '../clients/media-bucket.ts';
import type { ByteRange, ChunkPlan } from './chunk-plan.ts';
import type { VideoFacts } from './probe.ts';

/** A single PUT's limit in S3, and what the page lets anybody upload. */
export const maxVideoBytes = 5 * 1024 ** 3;

/** How much is read beside the chunk's own bytes. */
export interface FetchSizes {
  /** Below it the whole file comes sooner than a plan of its parts is worth. */
  wholeBelow: number;
  /** A Matroska cluster begins so much before its pictures, and sound lies among them. */
  margin: number;
  /** What MPEG-TS repeats all the time and a demuxer wants to meet first: the tables of its programmes. */
  tables: number;
}
const fetchSizes: FetchSizes = { wholeBelow: 256 * 1024 ** 2, margin: 8 * 1024 ** 2, tables: 1024 ** 2 };

const readBytes = 8 * 1024 ** 2;
const readsInFlight = 3;

/** The object became shorter while it was read: another upload has taken its place. */
export class OriginalChangedError extends Error {
  override readonly name = 'OriginalChangedError';
}

/** Containers whose demuxers go by an index to where the pictures lie and look at nothing in between. */
const indexed = new Set(['mp4', 'mov', 'matroska', 'webm']);

/** Parts of the original and where each goes in the local file, which is `bytes` long. */
interface Layout {
  bytes: number;
  parts: { from: ByteRange; to: number }[];
}

/**
 * Writes what a worker needs of the original into a new file. Of a large one that is the header, the index and the
 * chunk's own part; decoding the chunk from it proves by timestamps that nothing is missing.
 * @param options.isWhole asks for all of it, as a second try after `FrameMismatchError` must.
 * @returns the bytes read, and whether they are all.
 */
export async function fetchChunkOriginal(
  originals: Pick<MediaBucket, 'head' | 'readRange' | 'download'>,
  original: ObjectReference,
  path: string,
  options: {
    facts: Pick<VideoFacts, 'container'>;
    plan: ChunkPlan;
    chunkIndex: number;
    isWhole?: boolean;
    sizes?: FetchSizes;
  },
): Promise<{ bytesRead: number; isWhole: boolean }> {
  const { facts, plan, chunkIndex, isWhole = false, sizes = fetchSizes } = options;
  const bytes = (await originals.head(original))?.bytes ?? 0;
  const layout = isWhole || bytes < sizes.wholeBelow ? undefined : layoutOf(facts, plan, chunkIndex, bytes, sizes);
  if (layout === undefined)
    return { bytesRead: await originals.download(original, path, { maxBytes: maxVideoBytes }), isWhole: true };
  const file = await open(path, 'wx', 0o600);
  try {
    await file.truncate(layout.bytes);
    const pieces = layout.parts.flatMap(inPieces);
    const read = async (): Promise<void> => {
      for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
        const { from, to } = piece;
        const content = await originals.readRange(original, { start: from.start, end: from.end - 1 });
        if (content.length !== from.end - from.start)
          throw new OriginalChangedError(`the original ends before byte ${from.end}, where it reached before`);
        await file.write(content, 0, content.length, to);
      }
    };
    await Promise.all(Array.from({ length: readsInFlight }, read));
    return { bytesRead: layout.parts.reduce((sum, { from }) => sum + from.end - from.start, 0), isWhole: false };
  } finally {
    await file.close();
  }
}

/** @returns undefined where only the whole file will do, or where little would be saved. */
function layoutOf(
  { container }: Pick<VideoFacts, 'container'>,
  { packetBytes, chunks }: ChunkPlan,
  chunkIndex: number,
  bytes: number,
  { margin, tables }: FetchSizes,
): Layout | undefined {
  const own = chunks[chunkIndex]?.bytes;
  if (own === undefined || packetBytes === undefined) return undefined;
  const around = { start: Math.max(0, own.start - margin), end: Math.min(bytes, own.end + margin) };
  if (container === 'mpegts') {
    // Packets of MPEG-TS need no index: the file is the tables and the part, one after the other.
    const head = { start: 0, end: Math.min(tables, bytes) };
    if (around.start <= head.end) return { bytes: around.end, parts: [{ from: { start: 0, end: around.end }, to: 0 }] };
    const length = head.end + around.end - around.start;
    return {
      bytes: length,
      parts: [
        { from: head, to: 0 },
        { from: around, to: head.end },
      ],
    };
  }
  if (!indexed.has(container)) return undefined;
  const ranges = merged([{ start: 0, end: packetBytes.start }, around, { start: packetBytes.end, end: bytes }]);
  const wanted = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  return wanted > bytes / 2 ? undefined : { bytes, parts: ranges.map((from) => ({ from, to: from.start })) };
}

/** Ranges in rising order that neither touch nor are empty. */
function merged(ranges: readonly ByteRange[]): ByteRange[] {
  const apart: ByteRange[] = [];
  for (const range of ranges.filter(({ start, end }) => end > start)) {
    const last = apart.at(-1);
    if (last !== undefined && range.start <= last.end) last.end = Math.max(last.end, range.end);
    else apart.push({ ...range });
  }
  return apart;
}

function inPieces({ from, to }: Layout['parts'][number]): Layout['parts'] {
  const pieces: Layout['parts'] = [];
  for (let start = from.start; start < from.end; start += readBytes)
    pieces.push({ from: { start, end: Math.min(start + readBytes, from.end) }, to: to + start - from.start });
  return pieces;
}
