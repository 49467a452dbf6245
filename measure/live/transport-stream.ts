/**
 * Just enough of MPEG-TS (ISO/IEC 13818-1, 2.4.3) to send a recording frame by frame, over and over, on a clock of the
 * sender's choosing.
 */
const packetBytes = 188;
const ticksPerSecond = 90_000;
const clockTicks = 2n ** 33n;

export interface SentFrame {
  packets: Buffer;
  /** Presentation time in ticks of 90 kHz, as recorded. */
  presentation: number;
}

/** The recording's frames in the order they are sent; tables and headers go with the frame that follows them. */
export function readFrames(recording: Buffer): SentFrame[] {
  const frames: SentFrame[] = [];
  let from = 0;
  let presentation: number | undefined;
  let tables = 0;
  for (let at = 0; at + packetBytes <= recording.length; at += packetBytes) {
    const begin = payloadStart(recording, at);
    const isTable = begin !== undefined && recording.readUIntBE(begin, 3) !== 1;
    if (isTable) tables ||= at + 1;
    if (begin === undefined || isTable) continue;
    const start = tables > 0 ? tables - 1 : at;
    if (presentation !== undefined) frames.push({ packets: recording.subarray(from, start), presentation });
    from = start;
    tables = 0;
    presentation = readTime(recording, begin + 9);
  }
  if (presentation !== undefined) frames.push({ packets: recording.subarray(from), presentation });
  return frames;
}

/** Sends each frame's packets with its times moved by `offset` ticks and its counters going on from the last ones. */
export class Restamper {
  readonly #counters = new Map<number, number>();

  restamp({ packets }: SentFrame, offset: number): Buffer {
    const moved = Buffer.from(packets);
    for (let at = 0; at + packetBytes <= moved.length; at += packetBytes) {
      this.#count(moved, at);
      moveClockReference(moved, at, offset);
      const begin = payloadStart(moved, at);
      if (begin === undefined || moved.readUIntBE(begin, 3) !== 1) continue;
      const flags = (moved[begin + 7] ?? 0) >> 6;
      if (flags & 2) writeTime(moved, begin + 9, readTime(moved, begin + 9) + offset);
      if (flags === 3) writeTime(moved, begin + 14, readTime(moved, begin + 14) + offset);
    }
    return moved;
  }

  #count(packets: Buffer, at: number): void {
    const id = packets.readUInt16BE(at + 1) & 0x1fff;
    const flags = packets[at + 3] ?? 0;
    const counter = ((this.#counters.get(id) ?? 15) + (flags & 0x10 ? 1 : 0)) & 15;
    this.#counters.set(id, counter);
    packets[at + 3] = (flags & 0xf0) | counter;
  }
}

/** Where a packet's payload starts, if a unit starts with it. */
function payloadStart(bytes: Buffer, at: number): number | undefined {
  if (bytes[at] !== 0x47) throw new Error(`no packet at byte ${at}`);
  const isStart = ((bytes[at + 1] ?? 0) & 0x40) !== 0;
  const flags = (bytes[at + 3] ?? 0) & 0x30;
  if (!isStart || (flags & 0x10) === 0) return undefined;
  return at + 4 + (flags === 0x30 ? 1 + (bytes[at + 4] ?? 0) : 0);
}

function moveClockReference(bytes: Buffer, at: number, offset: number): void {
  const hasField = ((bytes[at + 3] ?? 0) & 0x20) !== 0 && (bytes[at + 4] ?? 0) > 0;
  if (!hasField || ((bytes[at + 5] ?? 0) & 0x10) === 0) return;
  const field = bytes.readUIntBE(at + 6, 6);
  const base = BigInt(Math.floor(field / 2 ** 15));
  const moved = (((base + BigInt(offset)) % clockTicks) + clockTicks) % clockTicks;
  bytes.writeUIntBE(Number(moved) * 2 ** 15 + (field % 2 ** 15), at + 6, 6);
}

function readTime(bytes: Buffer, at: number): number {
  return (
    (((bytes[at] ?? 0) >> 1) & 7) * 2 ** 30 +
    (bytes.readUInt16BE(at + 1) >> 1) * 2 ** 15 +
    (bytes.readUInt16BE(at + 3) >> 1)
  );
}

function writeTime(bytes: Buffer, at: number, time: number): void {
  const ticks = Number(((BigInt(time) % clockTicks) + clockTicks) % clockTicks);
  bytes[at] = ((bytes[at] ?? 0) & 0xf1) | (Math.floor(ticks / 2 ** 30) << 1);
  bytes.writeUInt16BE(((Math.floor(ticks / 2 ** 15) % 2 ** 15) << 1) | 1, at + 1);
  bytes.writeUInt16BE(((ticks % 2 ** 15) << 1) | 1, at + 3);
}

export const ticksOf = (seconds: number): number => Math.round(seconds * ticksPerSecond);
