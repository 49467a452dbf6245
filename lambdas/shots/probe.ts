import { open, stat } from 'node:fs/promises';
import { z } from 'zod';
import { inputFile, inputOptions, type MediaTools, startTool } from '../detection/media-tool.ts';
import { RefusedError } from '../runtime/errors.ts';

/** What the container says of the one video stream that is used. */
export interface VideoFacts {
  container: string;
  codec: string;
  /** The stream's index in the file, for `-map 0:<index>`. */
  streamIndex: number;
  /** Of the first audio stream that the preview can carry. */
  audioStreamIndex?: number;
  /** As shown: pixel aspect ratio and rotation applied. */
  width: number;
  height: number;
  framesPerSecond: number;
  isInterlaced: boolean;
  /** How long the container says that the picture lasts; absent in streams that never say. */
  promisedSeconds?: number;
  /** The stream's own first timecode, `HH:MM:SS:FF` or drop-frame `HH:MM:SS;FF`. */
  startTimecode?: string;
  createdAt?: string;
}

const probeTimeoutSeconds = 60;
const maxProbeBytes = 4 * 1024 * 1024;
/** A day's programme in parts, or all of a long night's count. */
const maxVideoSeconds = 12 * 3600;

/** Codecs of newsroom and phone material. Others are refused by name rather than handed to a rarely used decoder. */
const videoCodecs = new Set(
  'h264 hevc av1 vp8 vp9 mpeg1video mpeg2video mpeg4 prores dnxhd mjpeg dvvideo h263 jpeg2000 ffv1 v210 rawvideo'.split(
    ' ',
  ),
);
const audioCodecs = /^(aac|mp2|mp3|ac3|eac3|opus|vorbis|flac|alac|amr_nb|pcm_[a-z0-9]+)$/;

const numberText = z.coerce.number().optional().catch(undefined);
const tags = z.record(z.string(), z.string()).default({}).catch({});
const probeSchema = z.object({
  format: z.object({ format_name: z.string(), start_time: numberText, duration: numberText, tags }),
  streams: z.array(
    z.object({
      index: z.number().int(),
      codec_type: z.string().optional(),
      codec_name: z.string().optional(),
      width: z.number().int().optional(),
      height: z.number().int().optional(),
      sample_aspect_ratio: z.string().optional(),
      avg_frame_rate: z.string().optional(),
      r_frame_rate: z.string().optional(),
      field_order: z.string().optional(),
      duration: numberText,
      disposition: z.object({ attached_pic: z.number().default(0) }).default({ attached_pic: 0 }),
      tags,
      side_data_list: z.array(z.object({ rotation: z.number().optional().catch(undefined) }).loose()).default([]),
    }),
  ),
});
type Probe = z.infer<typeof probeSchema>;
type Stream = Probe['streams'][number];

/**
 * Asks ffprobe what the file holds.
 * @throws RefusedError with a sentence for the editor where it is no video that can be searched.
 */
export async function probeVideo(tools: MediaTools, path: string): Promise<VideoFacts> {
  if ((await stat(path)).size === 0) throw new RefusedError('The video file is empty. Send it again.');
  const options = [...inputOptions, '-print_format', 'json', '-show_format', '-show_streams', '-i', inputFile(path)];
  const tool = startTool(tools.ffprobePath, options, { timeoutSeconds: probeTimeoutSeconds, pipes: 1 });
  let answer = '';
  for await (const chunk of tool.process.stdout?.setEncoding('utf8') ?? []) {
    answer += chunk;
    if (answer.length > maxProbeBytes) {
      tool.kill();
      throw new RefusedError('The video describes more streams than any real recording has.');
    }
  }
  const { exitCode, complaint } = await tool.ended;
  if (exitCode !== 0) throw new RefusedError((await isText(path)) ? playlistSentence : refusalSentence(complaint));
  return videoFacts(probeSchema.parse(JSON.parse(answer)));
}

const playlistSentence =
  'This is a playlist or another kind of file, not a video in MP4, MOV, MXF, Matroska, WebM, AVI or MPEG-TS. Send the recording itself.';
const lookedAtBytes = 256;

/** Playlists, manifests and scripts are text; no recording begins with so many letters. */
async function isText(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(lookedAtBytes), 0, lookedAtBytes, 0);
    return buffer
      .subarray(0, bytesRead)
      .every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
  } finally {
    await file.close();
  }
}

function refusalSentence(complaint: string): string {
  if (/moov atom not found/i.test(complaint))
    return 'The video has no moov atom, the index of an MP4 or MOV file: it was cut off before it was finished. Export or send it again.';
  if (/not on whitelist/i.test(complaint)) return playlistSentence;
  return `This file cannot be read as a video: it is damaged, or is none. Export it again as MP4, MOV, MXF, Matroska, WebM, AVI or MPEG-TS.`;
}

/** @throws RefusedError as `probeVideo`. */
export function videoFacts(probe: Probe): VideoFacts {
  const isPicture = (stream: Stream) => stream.codec_type === 'video' && stream.disposition.attached_pic === 0;
  const stream = probe.streams.find(isPicture);
  if (stream === undefined)
    throw new RefusedError(
      'The file holds no moving picture, only sound or other streams. Send a file that has a video track.',
    );
  const codec = stream.codec_name ?? 'unknown';
  if (!videoCodecs.has(codec))
    throw new RefusedError(
      `The picture is in the codec "${codec}", which is not read here. Export it as H.264 in MP4.`,
    );
  if (!stream.width || !stream.height) throw new RefusedError('The video does not say how large its picture is.');
  const promisedSeconds = promisedLength(probe, stream);
  if (promisedSeconds !== undefined && promisedSeconds > maxVideoSeconds)
    throw new RefusedError(`The video lasts more than ${maxVideoSeconds / 3600} hours. Send it in parts.`);
  const audio = probe.streams.find((other) => other.codec_type === 'audio' && audioCodecs.test(other.codec_name ?? ''));
  const startTimecode = [stream.tags, probe.format.tags, ...probe.streams.map((other) => other.tags)]
    .map((candidate) => candidate['timecode'])
    .find((text) => text !== undefined && /^\d{2}:\d{2}:\d{2}[:;]\d{2}$/.test(text));
  const createdAt = creationTime(probe.format.tags['creation_time'] ?? stream.tags['creation_time']);
  return {
    container: containerName(probe),
    codec,
    streamIndex: stream.index,
    ...(audio === undefined ? {} : { audioStreamIndex: audio.index }),
    ...shownSize(stream, stream.width, stream.height),
    framesPerSecond: ratio(stream.avg_frame_rate) ?? ratio(stream.r_frame_rate) ?? 25,
    isInterlaced: ['tt', 'bb', 'tb', 'bt'].includes(stream.field_order ?? ''),
    ...(promisedSeconds === undefined ? {} : { promisedSeconds }),
    ...(startTimecode === undefined ? {} : { startTimecode }),
    ...(createdAt === undefined ? {} : { createdAt }),
  };
}

/**
 * The picture's own length comes first: sound may outlast it. Matroska keeps it in a tag, and counts its lengths from
 * zero on its clock, not from the first frame.
 */
function promisedLength(probe: Probe, stream: Stream): number | undefined {
  const tagged = /^(\d+):(\d{2}):(\d{2}(?:\.\d+)?)/.exec(stream.tags['DURATION'] ?? '');
  const tag = tagged === null ? undefined : Number(tagged[1]) * 3600 + Number(tagged[2]) * 60 + Number(tagged[3]);
  const promised = [stream.duration, tag, probe.format.duration].find((seconds) => (seconds ?? 0) > 0);
  const clockStart = probe.format.format_name.includes('matroska') ? (probe.format.start_time ?? 0) : 0;
  return promised === undefined ? undefined : Math.max(0, promised - clockStart);
}

function containerName(probe: Probe): string {
  if (!probe.format.format_name.includes('mov')) return probe.format.format_name.split(',')[0] ?? 'unknown';
  return probe.format.tags['major_brand']?.trim() === 'qt' ? 'mov' : 'mp4';
}

function ratio(text: string | undefined): number | undefined {
  const [numerator, denominator] = (text ?? '').split(/[/:]/).map(Number);
  const value = (numerator ?? 0) / (denominator ?? 0);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

function shownSize(stream: Stream, width: number, height: number): { width: number; height: number } {
  const wide = Math.max(1, Math.round(width * (ratio(stream.sample_aspect_ratio) ?? 1)));
  const rotation = stream.side_data_list.find((entry) => entry.rotation !== undefined)?.rotation ?? 0;
  return Math.abs(rotation) % 180 === 90 ? { width: height, height: wide } : { width: wide, height };
}

/** Cameras with an unset clock write 1904 or 1970; those dates are no dates. */
function creationTime(text: string | undefined): string | undefined {
  const date = new Date(text ?? '');
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1980) return undefined;
  return date.toISOString();
}
