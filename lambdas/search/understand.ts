import type { ModelEndpoint } from '../clients/model-endpoint.ts';
import type { QueryChip, QueryEntity, SearchQuery, SearchSwitch } from '../contracts/api.ts';
import { entityKey } from '../contracts/entity-key.ts';
import { type EntityLabel, type EntitySpan, embedResponseSchema, entitiesResponseSchema } from '../contracts/models.ts';
import { type Degradation, inTime } from './deadline.ts';
import { plainReading } from './plain-reading.ts';
import { type Correction, overlaps, type Span } from './query/draft.ts';
import { inUtf16, leastScore, modelNames } from './query/model-names.ts';
import { deadlineMilliseconds } from './settings.ts';

/** What is read out of the typed words before any model sees them: query language, dictionary, other names, spelling. */
export interface QueryReading {
  /** What BM25 is asked: without operators, and with spelling corrected. */
  lexicalText: string;
  /** What BM25 is asked as well, for whatever fits a document best: as typed, and with other names for the same. */
  variants: string[];
  /** What the embedding model reads. */
  vectorText: string;
  /** Words that must follow one another somewhere in a document, as typed. */
  phrases: string[];
  /** Words or phrases that no document may hold. */
  exclusions: string[];
  /** Filters in words, like `photos from last week`. Days are inclusive, in UTC. */
  filters: Pick<SearchQuery, 'type' | 'from' | 'to'>;
  /** Names that the dictionary knows, or another name of theirs; those of the model are added later. */
  entities: QueryEntity[];
  chips: QueryChip[];
  /** Words that were corrected, in UTF-16 units of the typed text. */
  corrections: readonly Correction[];
  /** Pieces of the typed text, in UTF-16 units, that are something: the model's names must not cut through them. */
  understood: { start: number; end: number }[];
  /** What of the reading did not answer. */
  degraded?: Degradation[];
}

export interface ReadingOptions {
  off: ReadonlySet<SearchSwitch>;
  /** Ids of chips that are to be taken for plain words. */
  ignore: ReadonlySet<string>;
  /** What `yesterday` is reckoned from. */
  now: Date;
  signal: AbortSignal;
}
export type ReadQuery = (text: string, options: ReadingOptions) => Promise<QueryReading>;

export interface Understanding extends QueryReading {
  /** Undefined where the embed endpoint did not answer: then words alone must do. */
  vector?: number[];
  /** `name version` of the models that answered. */
  models: { embed?: string; entities?: string };
  degraded: Degradation[];
}
export type Endpoint = Pick<ModelEndpoint, 'invokeJson'>;

export interface UnderstandClients {
  read: ReadQuery;
  embed: Endpoint;
  entities: Endpoint;
}

/**
 * Reads the query and asks both models about it; one that fails or is late is left out and named. The vector is made of
 * what was read; names are looked for in what was typed, which waits for nothing.
 */
export async function understand(
  text: string,
  { read, embed, entities }: UnderstandClients,
  { off, ignore, now }: Omit<ReadingOptions, 'signal'>,
): Promise<Understanding> {
  const naming =
    off.has('entities') || text === ''
      ? undefined
      : inTime('entities', 'Names were not recognised by the model', deadlineMilliseconds.entities, () =>
          entities.invokeJson({ texts: [text] }, entitiesResponseSchema, {
            timeoutMilliseconds: deadlineMilliseconds.entities,
          }),
        );
  const readBut = (spared: ReadonlySet<string>) =>
    inTime('understanding', 'The query was taken word for word', deadlineMilliseconds.read, (signal) =>
      read(text, { off, ignore: spared, now, signal }),
    );
  const { value: given, degraded: misread } = await readBut(ignore);
  const asRead = given ?? plainReading(text);
  const respeltNames = asRead.corrections.every(({ isToName, isFar }) => isToName && !isFar)
    ? []
    : namesRespelt(text, asRead.corrections, (await naming)?.value?.entities[0] ?? []);
  const reading =
    respeltNames.length === 0 ? asRead : ((await readBut(new Set([...ignore, ...respeltNames]))).value ?? asRead);
  const [embedded, named] = await Promise.all([
    off.has('vector') || reading.vectorText === ''
      ? undefined
      : inTime('embed', 'Found by words alone, not by meaning', deadlineMilliseconds.embed, () =>
          embed.invokeJson({ texts: [reading.vectorText] }, embedResponseSchema, {
            timeoutMilliseconds: deadlineMilliseconds.embed,
          }),
        ),
    naming,
  ]);
  const vector = embedded?.value?.vectors[0];
  const spans = modelNames(text, named?.value?.entities[0] ?? [], reading.understood);
  return {
    ...reading,
    ...withModelEntities(reading, spans, ignore),
    ...(vector === undefined ? {} : { vector }),
    models: {
      ...(embedded?.value ? { embed: identityOf(embedded.value) } : {}),
      ...(named?.value ? { entities: identityOf(named.value) } : {}),
    },
    degraded: [...misread, ...(reading.degraded ?? []), ...(embedded?.degraded ?? []), ...(named?.degraded ?? [])],
  };
}

/**
 * Chips of corrections of what the model reads as a name: a name that the archive lacks is no misspelling. From one name
 * to another it may be one, for the model reads misspelt names as well; but not where several letters of one word of a
 * name change and the archive does not know it with the others, as Helena Brandt is not Helena Branko.
 */
export function namesRespelt(text: string, corrections: readonly Correction[], spans: readonly EntitySpan[]): string[] {
  const names = spans.filter(({ score }) => score >= leastScore).map((span) => inUtf16(text, span));
  return corrections
    .filter((one) =>
      names.some((name) => overlaps(one, name) && (!one.isToName || (one.isFar && isOfSeveralWords(name, one)))),
    )
    .map(({ chip }) => chip);
}

const isOfSeveralWords = (name: Span, word: Span): boolean => name.start < word.start || name.end > word.end;

export const identityOf = ({ model, version }: { model: string; version: string }): string => `${model} ${version}`;

/** The model's names after those that the reading knows already, one chip each. */
function withModelEntities(
  { entities, chips }: QueryReading,
  spans: readonly { text: string; label: EntityLabel }[],
  ignore: ReadonlySet<string>,
): Pick<QueryReading, 'entities' | 'chips'> {
  const known = new Set(entities.map(({ key }) => key));
  const found = modelEntities(spans).filter(({ key, label }) => !known.has(key) && !ignore.has(chipId(label, key)));
  return { entities: [...entities, ...found], chips: [...chips, ...found.map(entityChip)] };
}

/** One entity a name, in the order of the query. */
export function modelEntities(spans: readonly { text: string; label: EntityLabel }[]): QueryEntity[] {
  const byKey = new Map<string, QueryEntity>();
  for (const { text, label } of spans) {
    const key = entityKey(text);
    if (key !== '' && !byKey.has(key)) byKey.set(key, { text, label, key, source: 'model' });
  }
  return [...byKey.values()];
}

const chipId = (label: EntityLabel, key: string): string => `entity:${label}:${key}`;
const labelNames: Readonly<Record<EntityLabel, string>> = {
  PER: 'person',
  ORG: 'organisation',
  LOC: 'place',
  MISC: 'name',
};

function entityChip({ text, label, key }: QueryEntity): QueryChip {
  const id = chipId(label, key);
  return {
    id,
    kind: 'entity',
    typed: text,
    became: `the ${labelNames[label]} ${text}`,
    remove: { parameter: 'ignore', value: id },
  };
}
