import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseIncomingKey } from '../../../lambdas/contracts/keys.ts';
import { readSources, samplesFolder } from '../../../local/samples/recipe.ts';
import { manifestSchema, queriesSchema, readJson, writtenFile, writtenKeys } from './newsroom.ts';

const manifest = manifestSchema.parse(await readJson('manifest.json'));
const queries = queriesSchema.parse(await readJson('queries.json'));
const sources = await readSources();
const stories = await writtenKeys('stories');
const sidecars = await writtenKeys('sidecars');
const expectationOf = new Map(manifest.map((upload) => [upload.key, upload]));
const storyText = (key: string): Promise<string> => readFile(writtenFile('stories', key), 'utf8');

/** Top-level properties of https://iptc.org/std/ninjs/ninjs-schema_3.1.json; version 2.1 writes them in lower case. */
const ninjsFields = [
  ...['uri', 'type', 'representationType', 'profile', 'version', 'firstCreated', 'versionCreated', 'contentCreated'],
  ...['pubStatus', 'urgency', 'copyrightHolder', 'copyrightNotice', 'usageTerms', 'edNote', 'language'],
  ...['descriptions', 'bodies', 'headlines', 'people', 'organisations', 'places', 'subjects', 'events', 'objects'],
  ...['infoSources', 'title', 'by', 'slugline', 'located', 'renditions', 'associations', 'altIds', 'trustIndicators'],
  ...['standard', 'genres', 'expires', 'rightsInfo'],
];
const fieldsByVersion: Record<string, Set<string>> = {
  '3.1': new Set([...ninjsFields, 'embargoedUntil', 'digitalSourceType', 'eventDetails', 'plannedCoverage']),
  '2.1': new Set([...ninjsFields.map((field) => field.toLowerCase()), 'embargoed']),
};

describe('the manifest', () => {
  it('names each file of the newsroom once, and no other', () => {
    const made = [...sources.media, ...sources.written, ...sources.copies].map(({ key }) => key);
    expect(manifest.map(({ key }) => key).sort()).toEqual([...made, ...stories, ...sidecars].sort());
  });

  it('holds at least 14 photos, 6 videos and 20 stories that end in the index', () => {
    const indexed = (type: string) => manifest.filter((one) => one.type === type && one.expect === 'indexed').length;
    expect(indexed('photo')).toBeGreaterThanOrEqual(14);
    expect(indexed('video')).toBeGreaterThanOrEqual(6);
    expect(indexed('story')).toBeGreaterThanOrEqual(20);
  });

  it('puts every upload where a desk may put it, and tells sidecars from assets as admission does', () => {
    for (const { key, expect: ending } of manifest) {
      const incoming = parseIncomingKey(key);
      expect(incoming, key).toBeDefined();
      expect(incoming?.sidecar !== undefined, key).toBe(ending === 'sidecar');
    }
  });

  it('gives each sidecar exactly one asset, and no two assets one stem', () => {
    const stems = manifest.filter((one) => one.expect !== 'sidecar').map(({ key }) => parseIncomingKey(key)?.stem);
    expect(new Set(stems).size).toBe(stems.length);
    for (const key of sidecars) expect(stems, key).toContain(parseIncomingKey(key)?.stem);
  });

  it('says for each refusal what its reason must say, and for each hidden story why it is hidden', () => {
    for (const upload of manifest.filter((one) => one.expect === 'refused' || one.findable === false))
      expect(upload.reason, upload.key).toMatch(/\w{3}/);
  });
});

describe('the stories', () => {
  const isNinjs = (key: string) => key.endsWith('.json');

  it('are each 120 to 500 words long', async () => {
    for (const key of stories) {
      const text = await storyText(key);
      const body = isNinjs(key) ? JSON.parse(text).bodies[0].value : text.replace(/<(head|script)>.*?<\/\1>/gs, '');
      const words = body
        .replace(/<[^>]+>/g, ' ')
        .trim()
        .split(/\s+/).length;
      expect(words, key).toBeGreaterThanOrEqual(120);
      expect(words, key).toBeLessThanOrEqual(500);
    }
  });

  it('use only properties that their version of ninjs knows, as do the sidecars', async () => {
    const files = [
      ...stories.filter(isNinjs).map((key) => writtenFile('stories', key)),
      ...sidecars.filter(isNinjs).map((key) => writtenFile('sidecars', key)),
    ];
    const versions = new Set<string>();
    for (const file of files) {
      const item = JSON.parse(await readFile(file, 'utf8'));
      expect(URL.canParse(item.uri), file).toBe(true);
      expect(item.headlines[0].value, file).toBeTruthy();
      const known = fieldsByVersion[item.standard.version];
      expect(Object.keys(item).filter((field) => !known?.has(field))).toEqual([]);
      versions.add(item.standard.version);
    }
    expect([...versions].sort()).toEqual(['2.1', '3.1']);
  });

  it('hold a wrong figure in the first version of the corrected story alone', async () => {
    const versions = manifest.filter(({ key }) => key.includes('/ferry-fares-'));
    expect(versions.map((one) => one.expect)).toEqual(['replaced', 'indexed']);
    const [first, second] = await Promise.all(versions.map(async ({ key }) => JSON.parse(await storyText(key))));
    expect(second.uri).toBe(first.uri);
    expect(Number(second.version)).toBeGreaterThan(Number(first.version));
    expect(JSON.stringify(first)).toContain('40 per cent');
    for (const key of stories.filter((one) => one !== versions[0]?.key))
      expect(await storyText(key), key).not.toContain('40 per cent');
  });

  it('keep one under embargo beyond any test and withhold one', async () => {
    const hidden = manifest.filter((one) => one.findable === false);
    const items = await Promise.all(hidden.map(async ({ key }) => JSON.parse(await storyText(key))));
    expect(items.some((item) => new Date(item.embargoedUntil).getUTCFullYear() > 2080)).toBe(true);
    expect(items.some((item) => item.pubStatus === 'withheld')).toBe(true);
  });
});

describe('the queries', () => {
  it('are at least 26, of every class', () => {
    expect(queries.length).toBeGreaterThanOrEqual(26);
    const classes = new Set(queries.map((query) => query.class));
    expect([...classes].sort()).toEqual(['mood', 'name', 'paragraph', 'place', 'shot', 'topic']);
    expect(new Set(queries.map(({ query }) => query)).size).toBe(queries.length);
  });

  it('ask only for what may be found', () => {
    for (const { query, expect: keys } of queries)
      for (const key of keys) {
        expect(expectationOf.get(key)?.expect, query).toBe('indexed');
        expect(expectationOf.get(key)?.findable, query).not.toBe(false);
      }
  });

  it('name a passage that stands in the story they expect', async () => {
    for (const { passageContains, expect: keys } of queries)
      if (passageContains !== undefined) expect(await storyText(keys[0] ?? '')).toContain(passageContains);
  });
});

describe('the credits', () => {
  it('name package, version and licence for each photo and video, and nothing that is gone', async () => {
    const credits = await readFile(path.join(samplesFolder, 'CREDITS.md'), 'utf8');
    const rows = credits
      .split('\n')
      .filter((line) => /^\| \w+\//.test(line))
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    const packageOf = (key: string): string => {
      const origin = sources.copies.find((copy) => copy.key === key)?.of ?? key;
      const name = sources.media.find((medium) => medium.key === origin)?.package ?? '';
      return `${name} ${sources.packages[name]?.version}`;
    };
    const keys = [...sources.media, ...sources.copies].map(({ key }) => key);
    expect(rows.map(([upload]) => `incoming/${upload}`).sort()).toEqual(keys.sort());
    for (const [upload, packageName, author, licence, statedIn] of rows) {
      expect(packageName).toBe(packageOf(`incoming/${upload}`));
      for (const cell of [author, licence, statedIn]) expect(cell, upload).toMatch(/\w/);
    }
  });
});
