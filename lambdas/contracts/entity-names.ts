import type { z } from 'zod';
import type { namedEntitySchema } from './documents.ts';

type NamedEntity = z.infer<typeof namedEntitySchema>;

/** As datelines are written. */
const isShouted = (text: string): boolean => text === text.toUpperCase();

/** The one that occurs most often; of equals the one that `before` puts first. */
function mostFrequent<T extends string>(values: readonly T[], before: (one: T, other: T) => number): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([one, ones], [other, others]) => others - ones || before(one, other))[0]?.[0];
}

const byCodeUnits = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
const calmFirst = (one: string, other: string): number =>
  Number(isShouted(one)) - Number(isShouted(other)) || byCodeUnits(one, other);

/**
 * Each name once, however it was written and whatever label a model gave it: `key` alone tells names apart. It bears its
 * most frequent writing and label.
 * @param mentions the names of one text, document or asset each; a name counts once in each.
 * @returns in the order of first mention; `count` is in how many of `mentions` a name occurs, at least 1.
 */
export function tallyNames(mentions: Iterable<readonly NamedEntity[]>): (NamedEntity & { count: number })[] {
  const written = new Map<string, { entities: NamedEntity[]; count: number }>();
  for (const entities of mentions) {
    const seen = new Set<string>();
    for (const entity of new Map(entities.map((one) => [`${one.label} ${one.text}`, one])).values()) {
      const known = written.get(entity.key) ?? { entities: [], count: 0 };
      known.entities.push(entity);
      if (!seen.has(entity.key)) known.count += 1;
      seen.add(entity.key);
      written.set(entity.key, known);
    }
  }
  return [...written].map(([key, { entities, count }]) => ({
    key,
    text:
      mostFrequent(
        entities.map(({ text }) => text),
        calmFirst,
      ) ?? key,
    label:
      mostFrequent(
        entities.map(({ label }) => label),
        byCodeUnits,
      ) ?? 'MISC',
    count,
  }));
}
