import type { z } from 'zod';
import type { Description, namedEntitySchema } from '../contracts/documents.ts';
import { entityKey } from '../contracts/entity-key.ts';
import type { EntityLabel, EntitySpan } from '../contracts/models.ts';

export type NamedEntity = z.infer<typeof namedEntitySchema>;

/** More names than any photo, shot or passage holds; longer ones are no names. */
const maxEntities = 60;
const maxNameCharacters = 100;
/** A name of one letter is an initial or a list's bullet. */
const minKeyCharacters = 2;
/** Below this the model is guessing more than reading; a wrong name in a filter costs more than a missing one. */
const minEntityScore = 0.5;

/**
 * The names of a document, one a key: what people wrote into its metadata first, then what the model found. Where
 * both name the same, the label that people gave stays; within the model's findings the surer one.
 */
export function namedEntities(
  { people, place }: Pick<Description, 'people' | 'place'>,
  found: readonly EntitySpan[],
): NamedEntity[] {
  const written: [string, EntityLabel][] = [
    ...people.map((person): [string, EntityLabel] => [person, 'PER']),
    ...(place ?? '').split(',').map((part): [string, EntityLabel] => [part, 'LOC']),
  ];
  const surest = found.filter(({ score }) => score >= minEntityScore).toSorted((a, b) => b.score - a.score);
  const entities = new Map<string, NamedEntity>();
  for (const [text, label] of [...written, ...surest.map((span): [string, EntityLabel] => [span.text, span.label])]) {
    const name = text.replace(/\s+/g, ' ').trim();
    const key = entityKey(name);
    if (key.length < minKeyCharacters || name.length > maxNameCharacters || entities.has(key)) continue;
    entities.set(key, { text: name, label, key });
  }
  return [...entities.values()].slice(0, maxEntities);
}
