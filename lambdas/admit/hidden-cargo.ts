/** ZIP's end-of-central-directory record: 22 bytes and a comment of at most 65,535, at the very end of the file. */
const zipEnd = Buffer.from([0x50, 0x4b, 0x05, 0x06]);
const zipEndBytes = 22;
const maxZipCommentBytes = 65_535;
/** Readers of PDF look for its mark in the first 1,024 bytes. */
const pdfMarkWithinBytes = 1_024;
const maxBehindBytes = 1024 ** 2;

/**
 * What a picture carries behind or inside itself that another program would open: the other half of a polyglot.
 * Cameras do append pictures and clips; none appends an archive, a PDF or a page.
 * @returns its name for a sentence, or undefined.
 */
export function hiddenCargo(bytes: Buffer): 'a ZIP archive' | 'a PDF' | 'an HTML page' | undefined {
  if (bytes.subarray(0, pdfMarkWithinBytes).includes('%PDF-')) return 'a PDF';
  if (endsAsZip(bytes)) return 'a ZIP archive';
  if (/<(!doctype\s+html|html|script|iframe)[\s>]|<\?php/i.test(behindPicture(bytes).toString('latin1')))
    return 'an HTML page';
  return undefined;
}

function endsAsZip(bytes: Buffer): boolean {
  const earliest = Math.max(0, bytes.length - zipEndBytes - maxZipCommentBytes);
  for (let at = bytes.lastIndexOf(zipEnd); at >= earliest; at = bytes.lastIndexOf(zipEnd, at - 1)) {
    if (at + zipEndBytes <= bytes.length && at + zipEndBytes + bytes.readUInt16LE(at + 20) === bytes.length)
      return true;
    if (at === 0) break;
  }
  return false;
}

/** The bytes after a JPEG's or PNG's own end; nothing for containers whose chunks reach to the end. */
function behindPicture(bytes: Buffer): Buffer {
  const end = bytes[0] === 0xff ? endOfJpeg(bytes) : bytes[0] === 0x89 ? endOfPng(bytes) : bytes.length;
  return bytes.subarray(end, end + maxBehindBytes);
}

/** Walks the segments, because a thumbnail inside one has an end mark of its own (ITU-T T.81, annex B). */
function endOfJpeg(bytes: Buffer): number {
  let at = 2;
  while (at + 4 <= bytes.length) {
    const marker = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff || marker === 0xff) at += 1;
    else if (marker === 0xd9) return at + 2;
    else if (hasNoLength(marker)) at += 2;
    else {
      at += 2 + bytes.readUInt16BE(at + 2);
      if (marker === 0xda) at = nextMarker(bytes, at);
    }
  }
  return bytes.length;
}

const hasNoLength = (marker: number): boolean => marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8);

/** Behind compressed samples, in which 0xff is followed by zero or a restart mark. */
function nextMarker(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1))
    if (!hasNoLength(bytes[at + 1] ?? 0xd9)) return at;
  return bytes.length;
}

/** Chunks are a length, a name, the bytes and a checksum (https://www.w3.org/TR/png-3/#5DataRep). */
function endOfPng(bytes: Buffer): number {
  let at = 8;
  while (at + 12 <= bytes.length) {
    const isLast = bytes.toString('latin1', at + 4, at + 8) === 'IEND';
    at += 12 + bytes.readUInt32BE(at);
    if (isLast) return at;
  }
  return bytes.length;
}
