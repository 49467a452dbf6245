import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { hiddenCargo } from '../../../lambdas/admit/hidden-cargo.ts';
import { headBytes } from '../../../lambdas/admit/limits.ts';
import { sniffMediaType } from '../../../lambdas/admit/media-type.ts';

const picture = () => sharp({ create: { width: 16, height: 16, channels: 3, background: '#336699' } });
const noise = () =>
  sharp({
    create: {
      width: 400,
      height: 300,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 60 },
    },
  });
/** A PNG whose first chunk after the header is text longer than the head. */
async function pngBehindText(): Promise<Buffer> {
  const png = await picture().png().toBuffer();
  const text = Buffer.alloc(12 + headBytes, 0x20);
  text.writeUInt32BE(headBytes);
  text.write('tEXt', 4, 'latin1');
  return Buffer.concat([png.subarray(0, 33), text, png.subarray(33)]);
}
const sniff = (bytes: Buffer) => sniffMediaType(bytes, { isWhole: true });
const box = (type: string, content: Buffer) => {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(8 + content.length);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, content]);
};
const mp4 = box('ftyp', Buffer.from('isom\0\0\x02\0isomiso2avc1mp41'));
const quickTime = box('ftyp', Buffer.from('qt  \0\0\x02\0qt  '));
const packets = (bytes: number, first = 0) => {
  const stream = Buffer.alloc(bytes * 8, 0xff);
  for (let at = first; at < stream.length; at += bytes) stream[at] = 0x47;
  return stream;
};
const ebml = (docType: string) =>
  Buffer.concat([
    Buffer.from('1a45dfa3', 'hex'),
    Buffer.from([0x80 | (3 + docType.length), 0x42, 0x82, 0x80 | docType.length]),
    Buffer.from(docType),
    Buffer.alloc(64),
  ]);
const mxf = Buffer.from('060e2b34020501010d0102010102040083000078', 'hex');

describe('the type of a photo or video', () => {
  it.each([
    ['JPEG', () => picture().jpeg().toBuffer(), 'photo', 'image/jpeg'],
    ['PNG', () => picture().png().toBuffer(), 'photo', 'image/png'],
    ['WebP', () => picture().webp().toBuffer(), 'photo', 'image/webp'],
    ['TIFF', () => picture().tiff().toBuffer(), 'photo', 'image/tiff'],
    ['MP4', async () => mp4, 'video', 'video/mp4'],
    ['MOV', async () => quickTime, 'video', 'video/quicktime'],
    ['MOV without ftyp', async () => box('moov', Buffer.alloc(64)), 'video', 'video/quicktime'],
    ['Matroska', async () => ebml('matroska'), 'video', 'video/matroska'],
    ['WebM', async () => ebml('webm'), 'video', 'video/webm'],
    ['MXF', async () => Buffer.concat([mxf, Buffer.alloc(64)]), 'video', 'application/mxf'],
    ['MXF behind a run-in', async () => Buffer.concat([Buffer.alloc(9000), mxf]), 'video', 'application/mxf'],
    ['TS', async () => packets(188), 'video', 'video/mp2t'],
    ['TS with timestamps', async () => packets(192, 4), 'video', 'video/mp2t'],
    ['HEIC', async () => box('ftyp', Buffer.from('heic\0\0\0\0mif1heic')), 'photo', 'image/heic'],
  ])('is %s by its bytes', async (_, bytes, kind, mediaType) => {
    expect(await sniff(await bytes())).toEqual({ kind, mediaType });
  });

  it.each([
    ['TIFF', () => noise().tiff({ compression: 'none' }).toBuffer(), 'image/tiff'],
    ['BigTIFF', () => noise().tiff({ compression: 'none', bigtiff: true }).toBuffer(), 'image/tiff'],
    ['PNG', () => pngBehindText(), 'image/png'],
  ])('is %s by its beginning, though its directory or picture lies far behind', async (_, bytes, mediaType) => {
    const head = (await bytes()).subarray(0, headBytes);
    expect(head).toHaveLength(headBytes);
    expect(await sniffMediaType(head, { isWhole: false })).toEqual({ kind: 'photo', mediaType });
  });

  it.each([
    ['prose that begins like a bitmap', Buffer.from('BMW unveils a car')],
    ['prose that begins like a program', Buffer.from('MZ is a prefix')],
    ['a playlist', Buffer.from('#EXTM3U\n')],
  ])('is left open for %s, which is text', async (_, bytes) => {
    expect(await sniff(bytes)).toBeUndefined();
  });

  it.each([
    ['zero bytes', Buffer.alloc(0), /zero bytes/],
    ['a GIF that is a script as well', Buffer.from('GIF89a/*\0\u0001*/=1;alert(1)', 'latin1'), /GIF.*Wirescope takes/],
    ['a ZIP', Buffer.from('504b0304140000000000', 'hex'), /ZIP/],
    ['a program', Buffer.concat([Buffer.from('MZ\x90\0\x03\0\0\0'), Buffer.alloc(64)]), /EXE|known type/],
    ['sound alone', box('ftyp', Buffer.from('M4A \0\0\0\0M4A mp42')), /M4A/],
    ['noise', Buffer.from('00ff13371234aabbccdd', 'hex'), /no known type/],
  ])('refuses %s with what to send instead', async (_, bytes, sentence) => {
    await expect(sniff(bytes)).rejects.toMatchObject({
      name: 'RefusedError',
      message: expect.stringMatching(sentence),
    });
  });
});

describe('hidden cargo', () => {
  const zip = (comment = '') => {
    const end = Buffer.alloc(22);
    end.write('PK\x05\x06', 'latin1');
    end.writeUInt16LE(comment.length, 20);
    return Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), Buffer.alloc(40), end, Buffer.from(comment)]);
  };
  it.each([
    ['a ZIP behind a JPEG', 'jpeg', zip(), 'a ZIP archive'],
    ['a ZIP with a comment', 'jpeg', zip('hello'), 'a ZIP archive'],
    ['a page behind a JPEG', 'jpeg', Buffer.from('<html><script>alert(1)</script>'), 'an HTML page'],
    ['a page behind a PNG', 'png', Buffer.from('<script src=x>'), 'an HTML page'],
  ] as const)('finds %s', async (_, format, cargo, name) => {
    const bytes = await picture().toFormat(format).toBuffer();
    expect(hiddenCargo(Buffer.concat([bytes, cargo]))).toBe(name);
  });

  it.each(['jpeg', 'png', 'webp', 'tiff'] as const)('finds none in an ordinary %s', async (format) => {
    expect(hiddenCargo(await picture().toFormat(format).toBuffer())).toBeUndefined();
  });

  it('lets a picture behind a picture pass, as cameras append them', async () => {
    const bytes = await picture().jpeg().toBuffer();
    expect(hiddenCargo(Buffer.concat([bytes, bytes]))).toBeUndefined();
  });

  it('leaves a caption alone that holds markup: it is shown as text', async () => {
    const bytes = await picture()
      .withExif({ IFD0: { ImageDescription: '<script>alert(1)</script>' } })
      .jpeg()
      .toBuffer();
    expect(hiddenCargo(bytes)).toBeUndefined();
  });
});
