import { z } from 'zod';
import { windowGeometrySchema } from '../contracts/models.ts';

const frame = z.number().int().nonnegative();

/** First byte and the one after the last. */
const byteRangeSchema = z.object({ start: frame, end: frame });
export type ByteRange = z.infer<typeof byteRangeSchema>;

/** Where decoding can begin: every frame from `frame` on comes out as it does when all is decoded. */
const seekPointSchema = z.object({
  /** The first frame, by its global number, for which it will do. */
  frame,
  /** What the demuxer is asked for, on the container's clock; absent: the file's start. */
  seconds: z.number().positive().exactOptional(),
});
export type SeekPoint = z.infer<typeof seekPointSchema>;

/** A run of frames that one worker decodes. Frames bear their rank in the whole file's order of presentation. */
const chunkSchema = z.object({
  firstFrame: frame,
  /** The last of its own frames. */
  lastFrame: frame,
  /** Frames decoded before and after its own, for its windows; fewer at the ends of the video. */
  contextBefore: frame,
  contextAfter: frame,
  /** Timestamps in ticks, packed, of all its frames and of the one after them (the end of the video's last frame). */
  times: z.array(z.number()),
  /** The first is where to decode from; the others lie within the chunk, for pictures of single frames. */
  seekPoints: z.array(seekPointSchema).min(1),
  /** Farther back than the first seek point, for streams of which a keyframe alone is not enough. */
  earlierSeek: seekPointSchema,
  /** What of the file holds the chunk's packets; absent where the container does not say. */
  bytes: byteRangeSchema.exactOptional(),
});
export type Chunk = z.infer<typeof chunkSchema>;

/** Seconds of one tick, as a fraction: presentation timestamps are whole numbers of it. */
const timeBaseSchema = z.object({ numerator: z.number().int().positive(), denominator: z.number().int().positive() });
export type TimeBase = z.infer<typeof timeBaseSchema>;

/** How a video is shared among workers: some 40 bytes a chunk at a constant rate, some 5 a frame at a wild one. */
export const chunkPlanSchema = z.object({
  geometry: windowGeometrySchema,
  frameCount: z.number().int().positive(),
  timeBase: timeBaseSchema,
  /** The container's own zero, in seconds: what players count from. */
  startSeconds: z.number(),
  /** Whether each frame is known by a timestamp of its own; else frames are known by their rank, in a single chunk. */
  isTimed: z.boolean(),
  /** Before and after these bytes lie headers and indexes alone. */
  packetBytes: byteRangeSchema.exactOptional(),
  chunks: z.array(chunkSchema).min(1),
});
export type ChunkPlan = z.infer<typeof chunkPlanSchema>;

/** @throws RangeError where the plan has no such chunk. */
export function chunkAt({ chunks }: Pick<ChunkPlan, 'chunks'>, at: number): Chunk {
  const chunk = chunks[at];
  if (chunk === undefined) throw new RangeError(`the plan has ${chunks.length} chunks, none at ${at}`);
  return chunk;
}

export const isFrameOf = ({ firstFrame, lastFrame }: Pick<Chunk, 'firstFrame' | 'lastFrame'>, frame: number): boolean =>
  firstFrame <= frame && frame <= lastFrame;
