import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { describeAsset } from '../../../lambdas/describe/describe-asset.ts';
import { readEmbeddedMetadata } from '../../../lambdas/describe/embedded-metadata.ts';
import { captionsThat } from '../support/captions-that.ts';
import { assetId, assetToDescribe } from '../support/description-request.ts';

const canvas = () => sharp({ create: { width: 600, height: 400, channels: 3, background: '#446688' } }).jpeg();
const xmp = (properties: string, attributes = '') =>
  `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/" ${attributes}>${properties}</rdf:Description></rdf:RDF></x:xmpmeta>`;
const bag = (name: string, items: string[]) =>
  `<${name}><rdf:Bag>${items.map((item) => `<rdf:li>${item}</rdf:li>`).join('')}</rdf:Bag></${name}>`;
const alternative = (name: string, text: string) =>
  `<${name}><rdf:Alt><rdf:li xml:lang="x-default">${text}</rdf:li></rdf:Alt></${name}>`;

const described = xmp(
  [
    alternative('dc:description', 'A ferry leaves the harbour &lt;script&gt;alert(1)&lt;/script&gt;.'),
    bag('dc:creator', ['Ana Lima']),
    bag('dc:subject', ['ferry', 'harbour', 'Ferry']),
    bag('Iptc4xmpExt:PersonInImage', ['Kari Nordmann']),
    alternative('xmpRights:UsageTerms', 'Editorial use only'),
    '<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture</Iptc4xmpExt:DigitalSourceType>',
  ].join(''),
  'photoshop:Headline="Ferry leaves Bergen" photoshop:Credit="Harbour Press" photoshop:City="Bergen" photoshop:Country="Norway" photoshop:DateCreated="2026-04-30T09:30:00+02:00"',
);
const photoWithWords = () => canvas().withXmp(described).toBuffer();
const describePhoto = async (asset: ReturnType<typeof assetToDescribe>) => {
  const { result, detail, warnings } = await describeAsset(asset.request, asset.dependencies);
  const file = asset.derived.json(result.descriptionsKey ?? '') as { descriptions: Record<string, unknown>[] } | null;
  return { result, detail, warnings, photo: file?.descriptions[0] };
};

describe('a photo', () => {
  it('is described by the words in its file, as text', async () => {
    const { photo } = await describePhoto(assetToDescribe('photo', await photoWithWords()));
    expect(photo).toMatchObject({
      documentId: `${assetId}.photo.0`,
      title: 'Ferry leaves Bergen',
      text: 'A ferry leaves the harbour <script>alert(1)</script>.',
      provenance: 'embedded',
      keywords: ['ferry', 'harbour'],
      people: ['Kari Nordmann'],
      place: 'Bergen, Norway',
      createdAt: '2026-04-30T09:30:00+02:00',
      digitalSourceType: 'digitalCapture',
      rights: { creator: 'Ana Lima', credit: 'Harbour Press', usageTerms: 'Editorial use only', withheld: false },
    });
  });

  it('has a sidecar win over its file, which fills what the sidecar leaves out', async () => {
    const ninjs = {
      uri: 'urn:x',
      headlines: [{ value: 'Electric ferry sails' }],
      descriptions: [{ role: 'caption', value: 'The electric ferry sails.' }],
      embargoed: '2026-06-01T06:00:00Z',
      pubstatus: 'withheld',
    };
    const { photo } = await describePhoto(assetToDescribe('photo', await photoWithWords(), { ninjs }));
    expect(photo).toMatchObject({
      title: 'Electric ferry sails',
      text: 'The electric ferry sails.',
      provenance: 'ninjs',
      place: 'Bergen, Norway',
      rights: { creator: 'Ana Lima', embargoUntil: '2026-06-01T06:00:00Z', withheld: true },
    });
  });

  it('is withdrawn where its sidecar kills it', async () => {
    const ninjs = { uri: 'urn:x', pubstatus: 'canceled' };
    const { result } = await describePhoto(assetToDescribe('photo', await photoWithWords(), { ninjs }));
    expect(result).toMatchObject({
      decision: 'withdraw',
      documentCount: 0,
      reason: expect.stringContaining('canceled'),
    });
  });

  it('is refused with the field that breaks its sidecar', async () => {
    const ninjs = { uri: 'urn:x', embargoed: 'tomorrow' };
    const asset = assetToDescribe('photo', await photoWithWords(), { ninjs });
    await expect(describePhoto(asset)).rejects.toMatchObject({
      name: 'RefusedError',
      message: expect.stringMatching(
        /^The sidecar original\.ninjs\.json breaks the ninjs schema: "embargoed" must be a date/,
      ),
    });
  });

  it('is shown upright, small and without the metadata of its file', async () => {
    const turned = await canvas()
      .withExif({ IFD0: { Artist: 'Ana Lima' } })
      .withMetadata({ orientation: 6 })
      .toBuffer();
    const asset = assetToDescribe('photo', turned);
    const { photo } = await describePhoto(asset);
    const thumbnail = asset.derived.objects.get(photo?.['thumbnailKey'] as string)?.bytes;
    expect(await sharp(thumbnail).metadata()).toMatchObject({ format: 'webp', width: 213, height: 320 });
    const preview = await sharp(asset.derived.objects.get(`assets/${assetId}/preview.webp`)?.bytes).metadata();
    expect(preview).toMatchObject({ width: 400, height: 600 });
    expect(preview.exif).toBeUndefined();
  });

  it('is refused where its bytes stop early', async () => {
    const bytes = await sharp({
      create: {
        width: 900,
        height: 900,
        channels: 3,
        noise: { type: 'gaussian', mean: 128, sigma: 50 },
        background: '#000',
      },
    })
      .jpeg()
      .toBuffer();
    const asset = assetToDescribe('photo', bytes.subarray(0, bytes.length / 2));
    await expect(describePhoto(asset)).rejects.toMatchObject({ name: 'RefusedError' });
  });

  it('keeps an IPTC release date as its embargo and reads dates without a zone as UTC', async () => {
    const exif = await canvas()
      .withExif({ IFD2: { DateTimeOriginal: '2026:04:30 09:30:00' } })
      .toBuffer();
    expect(readEmbeddedMetadata(exif).createdAt).toBe('2026-04-30T09:30:00Z');
    expect(readEmbeddedMetadata(withIptc(exif, { 30: '20260601', 35: '060000+0200' })).embargoUntil).toBe(
      '2026-06-01T06:00:00+02:00',
    );
  });

  it('takes no caption from the camera for a caption', async () => {
    const photo = await canvas()
      .withExif({ IFD0: { ImageDescription: 'OLYMPUS DIGITAL CAMERA' } })
      .toBuffer();
    const { photo: description } = await describePhoto(
      assetToDescribe('photo', photo, { fileName: 'night_train.jpg' }),
    );
    expect(description).toMatchObject({ title: 'night train', text: '', provenance: 'none' });
  });

  describe('that nobody described', () => {
    const silent = () => canvas().toBuffer();

    it('is captioned, with the model and prompt that did it', async () => {
      const captions = captionsThat({ say: 'A blue field.' });
      const { photo, detail } = await describePhoto(assetToDescribe('photo', await silent(), { captions }));
      expect(photo).toMatchObject({
        title: 'A blue field.',
        text: 'A blue field.',
        provenance: 'generated',
        generatedBy: { model: 'm', promptVersion: '1' },
      });
      expect(detail).toBe('1 generated caption');
      expect(captions.asked).toEqual([[`${assetId}.photo.0`]]);
    });

    it.each([
      ['it is embargoed', { embargoed: '2026-05-01T12:00:01Z' }, 'under embargo'],
      ['it is withheld', { pubstatus: 'withheld' }, 'withheld'],
      ['its terms restrict it', { usageterms: 'Editorial use only' }, 'usage terms'],
    ])('never leaves for the caption service where %s', async (_what, held, detail) => {
      const captions = captionsThat({ say: 'A blue field.' });
      const asset = assetToDescribe('photo', await silent(), { ninjs: { uri: 'urn:x', ...held }, captions });
      const described = await describePhoto(asset);
      expect(captions.asked).toEqual([]);
      expect(described.photo).toMatchObject({ text: '', provenance: 'none' });
      expect(described.detail).toContain(detail);
    });

    it('never leaves where the file itself forbids machines to mine it', async () => {
      const plus = xmp(
        '<plus:DataMining>http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING</plus:DataMining>',
        'xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"',
      );
      const captions = captionsThat({ say: 'A blue field.' });
      await describePhoto(assetToDescribe('photo', await canvas().withXmp(plus).toBuffer(), { captions }));
      expect(captions.asked).toEqual([]);
    });

    it('waits for the end of its embargo, and for money', async () => {
      const ninjs = { uri: 'urn:x', embargoed: '2026-06-01T06:00:00Z' };
      const embargoed = assetToDescribe('photo', await silent(), {
        ninjs,
        captions: captionsThat({ say: 'A field.' }),
      });
      expect((await describeAsset(embargoed.request, embargoed.dependencies)).waiting).toEqual({
        reason: 'embargo',
        pictures: 1,
        until: '2026-06-01T06:00:00Z',
      });
      const poor = assetToDescribe('photo', await silent(), { captions: captionsThat({ wait: 'budget' }) });
      expect((await describeAsset(poor.request, poor.dependencies)).waiting).toEqual({ reason: 'budget', pictures: 1 });
    });

    it('goes without words where the service refuses, and says why', async () => {
      const captions = captionsThat({ refuse: 'the service refuses' });
      const { photo, detail, warnings } = await describePhoto(assetToDescribe('photo', await silent(), { captions }));
      expect(photo).toMatchObject({ text: '', provenance: 'none' });
      expect(detail).toBe('0 generated captions, the service refuses');
      expect(warnings).toEqual(['the service refuses']);
    });

    it('keeps the words that people wrote, and asks for none', async () => {
      const captions = captionsThat({ say: 'A blue field.' });
      const { photo } = await describePhoto(assetToDescribe('photo', await photoWithWords(), { captions }));
      expect(photo).toMatchObject({ provenance: 'embedded' });
      expect(captions.asked).toEqual([]);
    });

    it('has words that came meanwhile win over a caption that was paid for before', async () => {
      const captions = captionsThat({ say: 'A blue field.' });
      const ninjs = { uri: 'urn:x', descriptions: [{ role: 'caption', value: 'A flag is tested.' }] };
      const { photo } = await describePhoto(assetToDescribe('photo', await silent(), { ninjs, captions }));
      expect(photo).toMatchObject({ text: 'A flag is tested.', provenance: 'ninjs' });
    });
  });
});

/** Puts an IPTC-IIM block of record 2 into a JPEG, as Photoshop's APP13 segment holds it. */
function withIptc(jpeg: Buffer, datasets: Record<number, string>): Buffer {
  const records = Object.entries(datasets).map(([dataset, text]) => {
    const head = Buffer.from([0x1c, 2, Number(dataset), 0, text.length]);
    return Buffer.concat([head, Buffer.from(text, 'latin1')]);
  });
  const iim = Buffer.concat(records);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(iim.length);
  const resource = Buffer.concat([
    Buffer.from('8BIM'),
    Buffer.from([4, 4, 0, 0]),
    size,
    iim,
    Buffer.alloc(iim.length % 2),
  ]);
  const body = Buffer.concat([Buffer.from('Photoshop 3.0\0'), resource]);
  const segment = Buffer.alloc(4);
  segment.writeUInt16BE(0xffed, 0);
  segment.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), segment, body, jpeg.subarray(2)]);
}
