import type { z } from 'zod';
import type { Description, namedEntitySchema } from '../contracts/documents.ts';
import { entityFilter, entityKey } from '../contracts/entity-key.ts';
import type { EntitySpan } from '../contracts/models.ts';

export type NamedEntity = z.infer<typeof namedEntitySchema>;

/** Below this the model is guessing more than reading; a wrong name in a filter costs more than a missing one. */
const minEntityScore = 0.5;

/** A name of one letter is an initial or a list's bullet. */
const minKeyLength = 2;
const maxEntities = 64;

/**
 * Names of a document, each once: what people wrote into the metadata comes first and keeps its label against the
 * model's, since they knew whether Washington was the place or the person.
 */
export function namedEntities(
  description: Pick<Description, 'people' | 'place'>,
  spans: readonly EntitySpan[],
): NamedEntity[] {
  const written: NamedEntity[] = [
    ...description.people.map((text) => ({ text, label: 'PER' as const, key: entityKey(text) })),
    ...(description.place ?? '')
      .split(',')
      .map((text) => ({ text: text.trim(), label: 'LOC' as const, key: entityKey(text) })),
  ];
  const read = spans
    .filter(({ score }) => score >= minEntityScore)
    .map(({ text, label }) => ({ text: text.replace(/\s+/g, ' ').trim(), label, key: entityKey(text) }));
  const writtenKeys = new Set(written.map(({ key }) => key));
  const found = new Map<string, NamedEntity>();
  for (const entity of [...written, ...read.filter(({ key }) => !writtenKeys.has(key))]) {
    if (entity.key.length < minKeyLength) continue;
    if (!found.has(entityFilter(entity))) found.set(entityFilter(entity), entity);
  }
  return [...found.values()].slice(0, maxEntities);
}
