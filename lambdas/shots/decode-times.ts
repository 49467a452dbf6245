import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { decoderOptions, inputFile, inputOptions, type MediaTools, startTool } from '../detection/media-tool.ts';
import type { TimeBase } from './chunk-plan.ts';
import type { VideoFacts } from './probe.ts';

export interface FrameTicks {
  pts: number;
  /** As the decoder says, 0 where it does not. */
  duration: number;
}

/** Options of an output that writes one line a frame: stream, dts, pts, duration, size, checksum. */
export const timesOutput = ({ numerator, denominator }: TimeBase): string[] => [
  ...['-fps_mode', 'passthrough', '-enc_time_base', `${numerator}/${denominator}`, '-flush_packets', '1'],
  ...['-f', 'framecrc'],
];

export async function* readTimes(lines: Readable): AsyncGenerator<FrameTicks> {
  for await (const line of createInterface({ input: lines })) {
    if (line.startsWith('#')) continue;
    const [, , pts, duration] = line.split(',').map(Number) as [number, number, number, number];
    yield { pts, duration };
  }
}

/** Options before `-i` that leave timestamps as the container has them and begin at a keyframe at or before `seconds`. */
export const seekOptions = (seconds: number | undefined): string[] => [
  '-copyts',
  ...(seconds === undefined ? [] : ['-noaccurate_seek', '-seek_timestamp', '1', '-ss', seconds.toFixed(6)]),
];

/** Filter that lets frames from one timestamp up to, not including, another pass; in ticks. */
export const trimTo = ({ from, to }: { from?: number | undefined; to?: number | undefined }): string => {
  const bounds = [from === undefined ? '' : `start_pts=${from}`, to === undefined ? '' : `end_pts=${to}`];
  return `trim=${bounds.filter((bound) => bound !== '').join(':')}`;
};

interface DecodeTimesRequest {
  inputPath: string;
  timeBase: TimeBase;
  timeoutSeconds: number;
  /** Where demuxing begins; absent: the file's start. */
  seekSeconds?: number | undefined;
  /** Ticks; frames before `from` and from `to` on are left out. */
  from?: number | undefined;
  to?: number | undefined;
}

/** Decodes and tells when each frame is shown, in the order in which frames come; what they show is thrown away. */
export async function decodeTimes(
  tools: MediaTools,
  facts: Pick<VideoFacts, 'streamIndex'>,
  { inputPath, timeBase, timeoutSeconds, seekSeconds, from, to }: DecodeTimesRequest,
): Promise<{ frames: FrameTicks[]; exitCode: number; complaint: string }> {
  const isTrimmed = from !== undefined || to !== undefined;
  const graph = `[0:${facts.streamIndex}]${isTrimmed ? `${trimTo({ from, to })},` : ''}scale=16:16:flags=neighbor[times]`;
  const tool = startTool(
    tools.ffmpegPath,
    [
      // Nobody sees these pictures: their edges need not be smoothed.
      ...['-nostdin', '-threads', '2', ...inputOptions, ...decoderOptions, '-skip_loop_filter', 'all'],
      ...[
        ...seekOptions(seekSeconds),
        '-i',
        inputFile(inputPath),
        '-filter_complex',
        graph,
        '-map',
        '[times]',
        ...timesOutput(timeBase),
        'pipe:1',
      ],
    ],
    { timeoutSeconds, pipes: 1 },
  );
  try {
    const frames: FrameTicks[] = [];
    for await (const frame of readTimes(tool.process.stdout as Readable)) frames.push(frame);
    return { frames, ...(await tool.ended) };
  } finally {
    tool.kill();
  }
}
