import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { root } from '../../setup/places.ts';
import type { Half } from './pictures.ts';

const lineSchema = z.object({
  text: z.string(),
  metadata: z.object({ kind: z.string(), asset: z.string() }),
});
const boilerplate =
  'This report was compiled by our correspondents on the ground with additional reporting from the regional desk. ' +
  'Editing by the night desk. Our standards are published on our site. Subscribers may reuse this text with credit.';

/** Stories of a half of the newsroom's own collection, by its ids: every second one is in each half. */
export function readStories(half: Half): { name: string; text: string }[] {
  const lines = readFileSync(path.join(root, 'evaluation', 'newsroom', 'corpus.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const byAsset = new Map<string, string[]>();
  for (const { text, metadata } of lines.map((line) => lineSchema.parse(JSON.parse(line)))) {
    if (metadata.kind !== 'passage') continue;
    byAsset.set(metadata.asset, [...(byAsset.get(metadata.asset) ?? []), text]);
  }
  return [...byAsset]
    .filter((_, at) => (at % 2 === 0) === (half === 'tuning'))
    .map(([name, passages]) => ({ name, text: passages.join('\n') }));
}

export interface StoryVariant {
  kind: string;
  wantedRecall: number;
  make(text: string, random: () => number): string;
}

const words = (text: string): string[] => text.split(/\s+/);

/** What a desk does to another desk's story. Each keeps most of its words in their order. */
export const storyVariants: readonly StoryVariant[] = [
  {
    kind: 'story: one word in 30 changed',
    wantedRecall: 0.95,
    make: (text, random) =>
      words(text)
        .map((word) => (random() < 1 / 30 ? 'meanwhile' : word))
        .join(' '),
  },
  {
    kind: 'story: other case and punctuation',
    wantedRecall: 0.95,
    make: (text) => text.toUpperCase().replace(/[.,]/g, ' –'),
  },
  {
    kind: 'story: cut to 75 %',
    wantedRecall: 0.95,
    make: (text) =>
      words(text)
        .slice(0, Math.round(words(text).length * 0.75))
        .join(' '),
  },
  {
    kind: 'story: new first sentence',
    wantedRecall: 0.95,
    make: (text) => `Updates with the latest from the scene and reaction from officials. ${text}`,
  },
];

/** Different stories that end in the same words. */
export const underBoilerplate = (text: string): string => `${text}\n${boilerplate}`;
