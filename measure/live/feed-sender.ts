import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Restamper, readFrames, type SentFrame, ticksOf } from './transport-stream.ts';

const framesPerSecond = 25;
/** Seven packets: what fits into a datagram of Ethernet. */
const datagramBytes = 7 * 188;

export interface Entry {
  /** Presentation time, as sent. */
  seconds: number;
  /** When it entered the feed, in milliseconds since 1970. */
  at: number;
  /** Its number in the recording, in order of presentation. */
  frame: number;
}

/** Plays a recording as a feed to a UDP port, and writes down when each frame entered it. */
export class FeedSender {
  readonly #socket = createSocket('udp4');
  readonly #frames: SentFrame[];
  readonly #port: number;
  readonly #restamper = new Restamper();
  readonly #sent: Entry[] = [];
  #clockOffset = ticksOf(10);
  #isPulled = false;
  #isStopped = false;
  #playing: Promise<void> | undefined;

  constructor(file: string, port: number) {
    this.#frames = readFrames(readFileSync(file));
    this.#port = port;
  }

  start(): void {
    this.#playing = this.#play();
  }

  /** The feed goes on, but nobody hears it. */
  async pullCable(seconds: number): Promise<void> {
    this.#isPulled = true;
    await wait(seconds * 1000);
    this.#isPulled = false;
  }

  /** Sets the sender's clock while frames keep coming. */
  setClock(bySeconds: number): void {
    this.#clockOffset += ticksOf(bySeconds);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#playing;
    this.#socket.close();
  }

  /**
   * When the frame with this presentation time entered the feed, and its number in the recording: the latest one of
   * that time which was sent before `before`.
   */
  entryOf(seconds: number, before: number): Entry | undefined {
    for (let place = this.#sent.length - 1; place >= 0; place -= 1) {
      const sent = this.#sent[place] as Entry;
      if (sent.at <= before && Math.abs(sent.seconds - seconds) < 0.5 / framesPerSecond) return sent;
    }
    return undefined;
  }

  async #play(): Promise<void> {
    const started = performance.now();
    const wholeTicks = ticksOf(this.#frames.length / framesPerSecond);
    const first = Math.min(...this.#frames.map(({ presentation }) => presentation));
    for (let count = 0; !this.#isStopped; count += 1) {
      const due = started + (count * 1000) / framesPerSecond;
      const early = due - performance.now();
      if (early > 0) await wait(early);
      const frame = this.#frames[count % this.#frames.length] as SentFrame;
      const offset = this.#clockOffset + Math.floor(count / this.#frames.length) * wholeTicks;
      const packets = this.#restamper.restamp(frame, offset);
      if (this.#isPulled) continue;
      for (let at = 0; at < packets.length; at += datagramBytes)
        this.#socket.send(packets.subarray(at, at + datagramBytes), this.#port, '127.0.0.1');
      this.#sent.push({
        seconds: (frame.presentation + offset) / ticksOf(1),
        at: Date.now(),
        frame: Math.round(((frame.presentation - first) / ticksOf(1)) * framesPerSecond),
      });
    }
  }
}
