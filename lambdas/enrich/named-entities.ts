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

/** One of a document's texts, and what the model took for names in it. */
export interface ReadText {
  text: string;
  spans: readonly EntitySpan[];
}

/**
 * The names of a document, one a key: what people wrote into its metadata first, then what the model found. Where
 * both name the same, the label that people gave stays; within the model's findings the surer one.
 */
export function namedEntities(
  { people, place }: Pick<Description, 'people' | 'place'>,
  read: readonly ReadText[],
): NamedEntity[] {
  const written: [string, EntityLabel][] = [
    ...people.map((person): [string, EntityLabel] => [person, 'PER']),
    ...(place ?? '').split(',').map((part): [string, EntityLabel] => [part, 'LOC']),
  ];
  const surest = read.flatMap(({ text, spans }) => namesIn(text, spans)).toSorted((a, b) => b.score - a.score);
  const entities = new Map<string, NamedEntity>();
  for (const [text, label] of [...written, ...surest.map((span): [string, EntityLabel] => [span.text, span.label])]) {
    const name = text.replace(/\s+/g, ' ').trim();
    const key = entityKey(name);
    if (key.length < minKeyCharacters || name.length > maxNameCharacters || entities.has(key)) continue;
    entities.set(key, { text: name, label, key });
  }
  return [...entities.values()].slice(0, maxEntities);
}

/**
 * What of the model's findings is taken for a name. The model reads without regard to case, so it takes some common
 * nouns for names; a text that has capitals would have written one with them.
 */
export function namesIn<Found extends EntitySpan>(text: string, spans: readonly Found[]): Found[] {
  const hasCapitals = text !== text.toLowerCase();
  return spans.filter((span) => span.score >= minEntityScore && !(hasCapitals && isInLowerCase(span.text)));
}

const isInLowerCase = (name: string): boolean => name === name.toLowerCase() && name !== name.toUpperCase();
