import type { Readable } from 'node:stream';
import { inputFile, inputOptions, lastComplaint, type MediaTools, startTool } from '../detection/media-tool.ts';
import { RefusedError } from '../runtime/errors.ts';
import type { TimeBase } from './chunk-plan.ts';
import type { VideoFacts } from './probe.ts';

/**
 * What the container says of the video stream's packets, in the order of the file, which is the order of decoding.
 * Numbers lie in typed arrays: the 720,000 packets of eight hours take 27 MB.
 */
export interface PacketIndex {
  timeBase: TimeBase;
  /** The container's own zero, in seconds: players count from here. */
  startSeconds: number;
  count: number;
  /** Presentation and decoding timestamp in ticks, NaN where the container has none. */
  pts: Float64Array;
  dts: Float64Array;
  /** Ticks that the packet's picture is shown, 0 where the container does not say. */
  durations: Float64Array;
  bytes: Uint32Array;
  /** Where the packet begins in the file, NaN where the demuxer does not say. */
  positions: Float64Array;
  /** `isKey` and `isDiscarded`, added up. */
  flags: Uint8Array;
}

export const isKey = 1;
/** Before or after what an edit list shows: decoded, since others may need it, but never a frame. */
export const isDiscarded = 2;

/** Eight hours at 60 frames a second, twice for streams that pack each field alone. */
const maxPackets = 3_500_000;
const firstCapacity = 4096;
const maxLineCharacters = 4096;

/**
 * Reads the packets' headers with ffprobe; nothing is decoded, the file is read once.
 * @throws RefusedError where the stream has no packets, or more than any video of eight hours.
 */
export async function readPacketIndex(
  tools: MediaTools,
  facts: Pick<VideoFacts, 'streamIndex'>,
  { inputPath, timeoutSeconds }: { inputPath: string; timeoutSeconds: number },
): Promise<PacketIndex> {
  const tool = startTool(
    tools.ffprobePath,
    [
      ...[...inputOptions, '-select_streams', String(facts.streamIndex), '-print_format', 'csv'],
      ...['-show_entries', 'packet=pts,dts,duration,size,pos,flags:stream=time_base:format=start_time'],
      ...['-i', inputFile(inputPath)],
    ],
    { timeoutSeconds, pipes: 1 },
  );
  const builder = new IndexBuilder();
  try {
    await readLines(tool.process.stdout as Readable, (line) => builder.add(line));
    const { complaint } = await tool.ended;
    const index = builder.finish();
    if (index.count === 0)
      throw new RefusedError(
        `No picture of the video can be read (${lastComplaint(complaint)}). Export it again and send it anew.`,
      );
    return index;
  } finally {
    tool.kill();
  }
}

async function readLines(stream: Readable, take: (line: string) => void): Promise<void> {
  let rest = '';
  for await (const chunk of stream.setEncoding('latin1')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() as string;
    for (const line of lines) take(line);
    if (rest.length > maxLineCharacters) throw new RefusedError('The video describes a packet that no recording has.');
  }
  take(rest);
}

/** Takes ffprobe's lines one after the other. Exported for its tests. */
export class IndexBuilder {
  #count = 0;
  #timeBase: TimeBase = { numerator: 1, denominator: 90_000 };
  #startSeconds = 0;
  #pts = new Float64Array(firstCapacity);
  #dts = new Float64Array(firstCapacity);
  #durations = new Float64Array(firstCapacity);
  #bytes = new Uint32Array(firstCapacity);
  #positions = new Float64Array(firstCapacity);
  #flags = new Uint8Array(firstCapacity);

  add(line: string): void {
    const [section, first, dts, duration, bytes, position, flags] = line.split(',');
    if (section === 'packet' && flags !== undefined)
      this.#addPacket(
        [first, dts, duration, bytes, position].map(ticks) as [number, number, number, number, number],
        flags,
      );
    else if (section === 'stream' && first !== undefined) this.#timeBase = timeBaseOf(first) ?? this.#timeBase;
    else if (section === 'format' && first !== undefined) this.#startSeconds = Number(first) || 0;
  }

  finish(): PacketIndex {
    const end = this.#count;
    return {
      timeBase: this.#timeBase,
      startSeconds: this.#startSeconds,
      count: end,
      pts: this.#pts.subarray(0, end),
      dts: this.#dts.subarray(0, end),
      durations: this.#durations.subarray(0, end),
      bytes: this.#bytes.subarray(0, end),
      positions: this.#positions.subarray(0, end),
      flags: this.#flags.subarray(0, end),
    };
  }

  #addPacket([pts, dts, duration, bytes, position]: [number, number, number, number, number], flags: string): void {
    if (this.#count === maxPackets)
      throw new RefusedError('The video has more pictures than eight hours hold. Send it in parts.');
    if (this.#count === this.#pts.length) this.#grow();
    const at = this.#count;
    this.#pts[at] = pts;
    this.#dts[at] = dts;
    this.#durations[at] = duration || 0;
    this.#bytes[at] = bytes || 0;
    this.#positions[at] = position;
    this.#flags[at] = (flags.includes('K') ? isKey : 0) + (flags.includes('D') ? isDiscarded : 0);
    this.#count += 1;
  }

  #grow(): void {
    const capacity = this.#pts.length * 2;
    const grown = <Numbers extends Float64Array | Uint32Array | Uint8Array>(
      bigger: Numbers,
      numbers: Numbers,
    ): Numbers => {
      bigger.set(numbers);
      return bigger;
    };
    this.#pts = grown(new Float64Array(capacity), this.#pts);
    this.#dts = grown(new Float64Array(capacity), this.#dts);
    this.#durations = grown(new Float64Array(capacity), this.#durations);
    this.#bytes = grown(new Uint32Array(capacity), this.#bytes);
    this.#positions = grown(new Float64Array(capacity), this.#positions);
    this.#flags = grown(new Uint8Array(capacity), this.#flags);
  }
}

/** ffprobe writes N/A for what is not known. */
const ticks = (text: string | undefined): number => (text === undefined || text === '' ? Number.NaN : Number(text));

function timeBaseOf(text: string): TimeBase | undefined {
  const [numerator, denominator] = text.split('/').map(Number);
  if (!numerator || !denominator || numerator < 0 || denominator < 0) return undefined;
  return { numerator, denominator };
}
