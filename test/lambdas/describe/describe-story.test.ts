import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeAsset } from '../../../lambdas/describe/describe-asset.ts';
import { textOfHtml } from '../../../lambdas/describe/html-text.ts';
import { assetId, assetToDescribe } from '../support/description-request.ts';

async function describeStory(content: string | object, options: Parameters<typeof assetToDescribe>[2] = {}) {
  const bytes = typeof content === 'string' ? content : JSON.stringify(content);
  const mediaType = typeof content === 'string' ? 'text/plain' : 'application/json';
  const asset = assetToDescribe('story', bytes, { fileName: 'story.json', mediaType, ...options });
  const { result } = await describeAsset(asset.request, asset.dependencies);
  const file = asset.derived.json(result.descriptionsKey ?? '') as { descriptions: Record<string, unknown>[] } | null;
  return { result, descriptions: file?.descriptions ?? [], claims: asset.claims };
}
const ninjs3 = {
  uri: 'urn:news:ferry',
  standard: { name: 'ninjs', version: '3.1' },
  type: 'text',
  version: '2',
  language: 'en',
  versionCreated: '2026-04-30T10:00:00+02:00',
  headlines: [{ role: 'main', contentType: 'text/plain', value: 'Ferry leaves Bergen' }],
  bodies: [
    {
      contentType: 'text/html',
      value: '<p>The first electric ferry left.</p><script>steal()</script><p>It carries <b>forty</b> cars.</p>',
    },
  ],
  people: [{ name: 'Kari Nordmann' }],
  places: [{ name: 'Bergen' }],
  subjects: [{ name: 'transport' }],
  usageTerms: 'Not for magazines',
};

describe('a story', () => {
  it('in ninjs 3 becomes passages with its facts', async () => {
    const { descriptions, claims } = await describeStory(ninjs3);
    expect(descriptions).toHaveLength(1);
    expect(descriptions[0]).toMatchObject({
      documentId: `${assetId}.passage.0`,
      title: 'Ferry leaves Bergen',
      context: 'Ferry leaves Bergen',
      text: 'The first electric ferry left.\nIt carries forty cars.',
      provenance: 'ninjs',
      people: ['Kari Nordmann'],
      place: 'Bergen',
      keywords: ['transport'],
      createdAt: '2026-04-30T10:00:00+02:00',
      rights: { usageTerms: 'Not for magazines', withheld: false },
      story: { uri: 'urn:news:ferry', version: '2' },
    });
    expect(claims).toEqual([['urn:news:ferry', '2', assetId]]);
  });

  it('is found by its summary and by all of its places, not only by its dateline', async () => {
    const { descriptions } = await describeStory({
      ...ninjs3,
      located: 'LODWAR, Kenya',
      places: [{ name: 'Lodwar' }, { name: 'Turkana' }, { name: 'Kenya' }],
      descriptions: [{ role: 'summary', contentType: 'text/plain', value: 'Herders phone in swarms.' }],
    });
    expect(descriptions[0]).toMatchObject({
      place: 'LODWAR, Kenya, Turkana',
      context: 'Ferry leaves Bergen. Herders phone in swarms.',
    });
  });

  it('in ninjs of single fields is read as well', async () => {
    const { descriptions } = await describeStory({
      uri: 'urn:1',
      version: 3,
      headline: 'Rain',
      body_text: 'It rained.',
      person: [{ name: 'Ola' }],
    });
    expect(descriptions[0]).toMatchObject({
      title: 'Rain',
      text: 'It rained.',
      people: ['Ola'],
      story: { version: '3' },
    });
  });

  it.each([
    [{ ...ninjs3, bodies: 'text' }, /"bodies"/],
    [{ ...ninjs3, headlines: [{ text: 'no value' }] }, /"headlines\.0\.value"/],
    [{ ...ninjs3, pubStatus: 'maybe' }, /"pubStatus" must be usable, withheld or canceled/],
    [{ ...ninjs3, embargoed: '2026-05-01' }, /"embargoed" must be a date and time with offset/],
    [{ ...ninjs3, pubStatus: 'withheld', pubstatus: 'usable' }, /names "pubstatus" twice/],
    [{ ...ninjs3, uri: undefined }, /"uri"/],
    [{ ...ninjs3, type: 'picture' }, /of type "picture"/],
    [{ ...ninjs3, bodies: [] }, /holds no words/],
  ])('that breaks its schema is refused by the name of the field', async (item, message) => {
    await expect(describeStory(item)).rejects.toMatchObject({
      name: 'RefusedError',
      message: expect.stringMatching(message),
    });
  });

  it('that is an older version is withdrawn by the number of the newer one', async () => {
    const { result } = await describeStory(ninjs3, { claim: { isNewest: false, newestVersion: '5' } });
    expect(result).toEqual({ decision: 'withdraw', reason: 'Replaced by version 5.', documentCount: 0 });
  });

  it('without words never takes the place of an older version, but a kill without words does', async () => {
    const empty = assetToDescribe('story', JSON.stringify({ ...ninjs3, bodies: [] }), {
      mediaType: 'application/json',
    });
    await expect(describeAsset(empty.request, empty.dependencies)).rejects.toMatchObject({ name: 'RefusedError' });
    expect(empty.claims).toEqual([]);
    const { result, claims } = await describeStory({ uri: ninjs3.uri, version: '3', pubstatus: 'canceled' });
    expect(result.decision).toBe('withdraw');
    expect(claims).toEqual([[ninjs3.uri, '3', assetId]]);
  });

  it.each(['embargoed', 'embargoedUntil', 'embargoeduntil', 'embargo'])(
    'keeps an embargo that is called %s',
    async (name) => {
      const { descriptions } = await describeStory({ ...ninjs3, [name]: '2027-01-01T00:00:00Z' });
      expect(descriptions[0]).toMatchObject({ rights: { embargoUntil: '2027-01-01T00:00:00Z' } });
      await expect(describeStory({ ...ninjs3, [name]: 'next year' })).rejects.toMatchObject({ name: 'RefusedError' });
    },
  );

  it('that is killed is withdrawn after it has taken the place of its older versions', async () => {
    const { result, claims } = await describeStory({ ...ninjs3, pubStatus: 'canceled' });
    expect(result.decision).toBe('withdraw');
    expect(claims).toHaveLength(1);
  });

  it('in ninjs 2, with all names in lower case, keeps its embargo and its hold as well', async () => {
    const { versionCreated, bodies, ...rest } = ninjs3;
    const item = {
      ...rest,
      standard: { name: 'ninjs', version: '2.1' },
      versioncreated: versionCreated,
      bodies: bodies.map(({ value, contentType }) => ({ contenttype: contentType, value })),
      embargoed: '2027-01-01T00:00:00Z',
      pubstatus: 'withheld',
    };
    const { descriptions } = await describeStory(item);
    expect(descriptions[0]).toMatchObject({
      text: 'The first electric ferry left.\nIt carries forty cars.',
      createdAt: '2026-04-30T10:00:00+02:00',
      rights: { embargoUntil: '2027-01-01T00:00:00Z', withheld: true },
    });
  });

  it('keeps its embargo and its hold', async () => {
    const { descriptions } = await describeStory({
      ...ninjs3,
      embargoed: '2027-01-01T00:00:00Z',
      pubStatus: 'withheld',
    });
    expect(descriptions[0]).toMatchObject({ rights: { embargoUntil: '2027-01-01T00:00:00Z', withheld: true } });
  });

  it('in plain text has a short first line for its headline', async () => {
    const { descriptions } = await describeStory('Rain in Bergen\n\nIt rained. It went on raining.');
    expect(descriptions[0]).toMatchObject({
      title: 'Rain in Bergen',
      text: 'It rained. It went on raining.',
      provenance: 'text',
    });
    const running = await describeStory('It rained in Bergen.\nIt went on raining.');
    expect(running.descriptions[0]).toMatchObject({
      title: 'It rained in Bergen.',
      text: 'It rained in Bergen.\nIt went on raining.',
    });
  });

  it('in HTML is its words: no scripts, styles, menus or attributes', async () => {
    const html = `<!doctype html><html><head><title>Rain</title><style>p{color:red}</style></head><body><nav>Home</nav>
      <h1>Rain in Bergen</h1><p onclick="steal()">It <i>rained</i> &amp; <a href="javascript:steal()">poured</a>.</p>
      <script>steal()</script><img src=x onerror=steal()><noscript>turn it on</noscript></body></html>`;
    const { descriptions } = await describeStory(html, { mediaType: 'text/html' });
    expect(descriptions[0]).toMatchObject({ title: 'Rain in Bergen', text: 'It rained & poured.' });
    expect(JSON.stringify(descriptions)).not.toMatch(/steal|color|Home|turn it on|href/);
  });

  it('in hostile HTML ends in text and in time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('<p>', '</p>', '<b', '<!--', '-->', '<script>', '</script>', 'x', '&#60;', '"')),
        (parts) => {
          expect(typeof textOfHtml(parts.join('')).text).toBe('string');
        },
      ),
    );
    // About a second; where every level costs as much as all above it, minutes.
    const started = Date.now();
    expect(textOfHtml(`${'<div>'.repeat(50_000)}deep`).text.length).toBeLessThan(100);
    expect(Date.now() - started).toBeLessThan(20_000);
  });
});
