/** The containers between an MP4's root and its data references. */
const path = ['moov', 'trak', 'mdia', 'minf', 'dinf', 'dref'];
const drefHeaderBytes = 16;

/**
 * An MP4 whose first track says that its media lies elsewhere.
 * @param file an MP4 with its index at the end, so that no offset moves.
 * @param entry the box that takes the place of the reference to the file itself.
 */
export function withDataReference(file: Buffer, entry: Buffer): Buffer {
  const boxes: { start: number; size: number }[] = [];
  let start = 0;
  let end = file.length;
  for (const type of path) {
    let at = start;
    while (at < end && file.toString('latin1', at + 4, at + 8) !== type) at += file.readUInt32BE(at);
    if (at >= end) throw new Error(`the file has no ${type}`);
    const size = file.readUInt32BE(at);
    boxes.push({ start: at, size });
    start = at + 8;
    end = at + size;
  }
  const dref = boxes.at(-1) as (typeof boxes)[number];
  const from = dref.start + drefHeaderBytes;
  const changed = Buffer.concat([file.subarray(0, from), entry, file.subarray(dref.start + dref.size)]);
  const growth = changed.length - file.length;
  for (const box of boxes) changed.writeUInt32BE(box.size + growth, box.start);
  return changed;
}

function box(type: string, content: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(8 + content.length);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, content]);
}

/** ISO 14496-12's reference by URL. */
export const urlReference = (url: string): Buffer =>
  box('url ', Buffer.concat([Buffer.alloc(4), Buffer.from(`${url}\0`)]));

/** QuickTime's alias record, with the absolute path of the media in it. */
export function aliasReference(file: string): Buffer {
  const text = Buffer.from(file);
  const record = Buffer.alloc(4 + 150);
  const tagged = Buffer.alloc(4);
  tagged.writeInt16BE(2, 0);
  tagged.writeInt16BE(text.length, 2);
  const isOdd = text.length % 2;
  return box('alis', Buffer.concat([record, tagged, text, Buffer.alloc(isOdd), Buffer.from([0xff, 0xff, 0, 0])]));
}
