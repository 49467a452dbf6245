import type { Readable } from 'node:stream';
import { frameSize, splitFrames } from '../detection/frames.ts';
import { decoderOptions, lastComplaint, type MediaTools, startTool } from '../detection/media-tool.ts';
import type { FeedAddress } from './feed-address.ts';
import { splitJpegs } from './jpegs.ts';

/** Longer side of the pictures from which keyframes and clips are made. */
const pictureWidth = 640;
/** JPEG quality by ffmpeg's scale from 2 to 31: about 25 KB a picture. */
const pictureQuality = 6;
/** A timer of Node cannot be set to more than 24.8 days. One connection lasts at most so long, then it is renewed. */
const longestConnectionSeconds = 20 * 24 * 3600;

export interface FeedFrame {
  /** 48 x 27 pixels of RGB. */
  pixels: Buffer;
  picture: Buffer;
  /** Presentation time on the feed's own clock, as it came: it may leap. */
  seconds: number;
  arrivedAtMilliseconds: number;
  framesPerSecond: number;
  /** Whether it can be decoded without any other: after a loss the first that is whole. */
  isKey: boolean;
}
export interface FeedConnection {
  frames: AsyncGenerator<FeedFrame>;
  /** Resolves when ffmpeg has ended, however; `complaint` is a clause without addresses. */
  ended: Promise<{ complaint: string }>;
  kill(): void;
}

/**
 * Opens a feed and decodes its picture once: small frames to one pipe, JPEGs to another, timestamps by the log. Frames
 * are neither doubled nor dropped, and timestamps come as the feed has them, so that the pictures are numbered anew
 * before they are written: no encoder takes a clock that runs backwards.
 */
export function openFeed(tools: Pick<MediaTools, 'ffmpegPath'>, address: FeedAddress): FeedConnection {
  const graph = [
    '[0:v:0]showinfo=checksum=0,setpts=N/25/TB,split=2[small][large]',
    `[small]scale=${frameSize.width}:${frameSize.height}:flags=bicubic,format=rgb24[pixels]`,
    `[large]scale='trunc(min(${pictureWidth},iw*sar)/2)*2':-2:flags=bicubic,setsar=1[pictures]`,
  ].join(';');
  const passed = ['-fps_mode', 'passthrough', '-flush_packets', '1'];
  const tool = startTool(
    tools.ffmpegPath,
    [
      // showinfo speaks at the level of info. Slices, not frames, in parallel: a frame thread holds a frame back.
      ...['-nostdin', '-nostats', '-loglevel', 'info', '-copyts', '-threads', '2', '-thread_type', 'slice'],
      ...address.inputOptions,
      ...decoderOptions,
      ...['-i', address.url, '-an', '-sn', '-dn', '-filter_threads', '1', '-filter_complex', graph],
      ...['-map', '[pixels]', ...passed, '-f', 'rawvideo', 'pipe:1'],
      ...['-map', '[pictures]', ...passed, '-c:v', 'mjpeg', '-q:v', String(pictureQuality), '-threads', '1'],
      ...['-f', 'image2pipe', 'pipe:3'],
    ],
    { timeoutSeconds: longestConnectionSeconds, pipes: 2, hasNetwork: !address.isFile },
  );
  const [, pixels, log, pictures] = tool.process.stdio as unknown as [null, Readable, Readable, Readable];
  const times = new TimeLines();
  log.on('data', (text: string) => times.read(text));
  const secrets = [address.url, ...credentialsOf(address.url)];
  const told = (complaint: string) => hide(lastComplaint(complaintsOnly(complaint)), secrets);
  const ended = tool.ended.then(
    ({ complaint }) => ({ complaint: told(complaint) }),
    // Ended from outside, by the watch over silent connections or for want of memory: the log has it all in one.
    (error: Error) => ({ complaint: `${error.name}: ${told(error.message)}` }),
  );
  return { frames: joined(pixels, pictures, times), ended, kill: tool.kill };
}

async function* joined(pixels: Readable, pictures: Readable, times: TimeLines): AsyncGenerator<FeedFrame> {
  const jpegs = splitJpegs(pictures);
  try {
    for await (const small of splitFrames(pixels, frameSize.bytes)) {
      const arrivedAtMilliseconds = Date.now();
      const [picture, line] = await Promise.all([jpegs.next(), times.next()]);
      if (picture.done === true || line === undefined) return;
      const { framesPerSecond } = times;
      yield { pixels: small, picture: picture.value, ...line, arrivedAtMilliseconds, framesPerSecond };
    }
  } finally {
    // ffmpeg counts as ended only when its pipes are closed, and one of them may hold a torn picture.
    pixels.destroy();
    pictures.destroy();
  }
}

/** Above cinema's and below sport's: what a stream is taken for that does not say its rate. */
const unknownRate = 25;
const ratesOfTelevision = { least: 5, most: 120 };
/** A frame's line is written before its pixels; waiting longer means that the log was cut. */
const lineWaitMilliseconds = 5_000;

interface FrameLine {
  seconds: number;
  isKey: boolean;
}

/** Reads the lines of ffmpeg's showinfo filter: one a frame, with its presentation time in seconds. */
class TimeLines {
  framesPerSecond = unknownRate;
  #rest = '';
  #lines: FrameLine[] = [];
  #wake: (() => void) | undefined;

  read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#readLine(line);
    this.#wake?.();
  }

  async next(): Promise<FrameLine | undefined> {
    if (this.#lines.length === 0)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, lineWaitMilliseconds);
        this.#wake = () => {
          if (this.#lines.length === 0) return;
          clearTimeout(timer);
          resolve();
        };
      });
    this.#wake = undefined;
    return this.#lines.shift();
  }

  #readLine(line: string): void {
    if (!line.includes('Parsed_showinfo')) return;
    const time = /\bpts_time:\s*(-?[\d.]+)/.exec(line);
    if (time !== null) {
      this.#lines.push({ seconds: Number(time[1]), isKey: /\biskey:1\b/.test(line) });
      return;
    }
    const [, numerator, denominator] = /config in .*frame_rate: (\d+)\/(\d+)/.exec(line) ?? [];
    const rate = Number(numerator) / Number(denominator);
    if (rate >= ratesOfTelevision.least && rate <= ratesOfTelevision.most) this.framesPerSecond = rate;
  }
}

const complaintsOnly = (log: string): string =>
  log
    .split('\n')
    .filter((line) => !/Parsed_showinfo|^(video|frame)[:=]|^\s|^(Input|Output|Stream|Press)/.test(line))
    .join('\n');

/** User and password of an address, and the values of its parameters, as they may turn up in a complaint. */
function credentialsOf(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const { username, password, searchParams } = new URL(url);
  return [username, password, decodeURIComponent(password), ...searchParams.values()].filter(
    ({ length }) => length > 3,
  );
}

const hide = (text: string, secrets: readonly string[]): string =>
  secrets
    .reduce((hidden, secret) => hidden.replaceAll(secret, '…'), text)
    .replace(/\b[a-z0-9+]+:\/\/\S+/gi, 'the feed');
