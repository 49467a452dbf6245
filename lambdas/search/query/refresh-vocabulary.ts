import type { MediaBucket } from '../../clients/media-bucket.ts';
import type { StoredDocument, VectorIndex } from '../../clients/vector-index.ts';
import { vocabularyKeys } from '../../contracts/keys.ts';
import { heldBackClauses } from '../../contracts/release.ts';
import { recountDoneSchema, recountRequestSchema } from '../../contracts/vocabulary.ts';
import type { Clause } from '../filters.ts';
import { visibleWithinSeconds } from '../settings.ts';
import { readStored, type VocabularyBucket, writeStored } from './stored-vocabulary.ts';
import { Tally } from './tally.ts';
import { becameVisible, written } from './visible.ts';
import {
  emptyVocabularyFile,
  type UnfinishedCount,
  unfinishedCountSchema,
  type VocabularyFile,
  vocabularyFileSchema,
} from './vocabulary-file.ts';

export interface RefreshClients {
  derived: VocabularyBucket & Pick<MediaBucket, 'findJson' | 'putJson'>;
  index: Pick<VectorIndex, 'search'>;
}
export interface RefreshReport {
  /** Documents read in this run. */
  read: number;
  names: number;
  words: number;
  upTo: string;
  /** False while a count from nothing, or a backlog, goes on in the next run. */
  isWhole: boolean;
}
interface Clock {
  now: () => Date;
  hasTime: () => boolean;
}

/** Counting anew forgets what was withdrawn and what was counted twice because it was indexed twice. */
const countAfreshMilliseconds = 24 * 3600 * 1000;
const documentsPerPage = 500;
/** A window with more documents is halved, so that a backlog is worked off in steps that are kept. */
const documentsPerWindow = 20_000;
const shortestWindowMilliseconds = 1000;

/**
 * Brings what the archive holds up to date: adds what became visible since the last run, each document once, and once a
 * day, or where a withdrawal asks for it, counts from nothing, in as many runs as that takes. What is withheld or under embargo is not counted until it may
 * be found: a chip would give it away.
 */
export async function refreshVocabulary({ derived, index }: RefreshClients, clock: Clock): Promise<RefreshReport> {
  const upTo = new Date(clock.now().getTime() - visibleWithinSeconds * 1000);
  let file = await readStored(derived, vocabularyKeys.current, vocabularyFileSchema);
  const notBefore = (await derived.findJson(vocabularyKeys.recount, recountRequestSchema))?.notBefore;
  let read = 0;
  let isWhole = true;
  let isCountedAfresh = false;
  const isDue =
    file === undefined ||
    upTo.getTime() - Date.parse(file.countedAfreshAt) >= countAfreshMilliseconds ||
    isTooOld(file.countedAfreshAt, notBefore);
  if (isDue) {
    const counted = await countAfresh({ derived, index }, file, { upTo, notBefore }, clock);
    read += counted.read;
    isWhole = counted.file !== undefined;
    isCountedAfresh = isWhole;
    file = counted.file ?? file;
  }
  if (file !== undefined) {
    const added = await addNewer(index, file, upTo, clock);
    read += added.read;
    isWhole &&= added.file.upTo === upTo.toISOString();
    file = added.file;
    await writeStored(derived, vocabularyKeys.current, vocabularyFileSchema, file);
    if (isCountedAfresh) await endCount(derived, file);
  }
  const { names, words } = file ?? emptyVocabularyFile(upTo);
  return { read, names: names.length, words: words.length, upTo: file?.upTo ?? upTo.toISOString(), isWhole };
}

/** A count takes in what was visible then: it was begun when the last of that had come to be seen. */
const begunAt = (upTo: string): string => new Date(Date.parse(upTo) + visibleWithinSeconds * 1000).toISOString();
const isTooOld = (upTo: string, notBefore: string | undefined): boolean =>
  notBefore !== undefined && begunAt(upTo) < notBefore;

/** The count that was left unfinished may hold what has been withdrawn since: nothing of it stays. */
async function endCount(derived: RefreshClients['derived'], { countedAfreshAt }: VocabularyFile): Promise<void> {
  const nothing = { ...emptyVocabularyFile(new Date(countedAfreshAt)), afterDocumentId: '' };
  await writeStored(derived, vocabularyKeys.unfinished, unfinishedCountSchema, nothing);
  await derived.putJson(vocabularyKeys.counted, recountDoneSchema, { begunAt: begunAt(countedAfreshAt) });
}

async function countAfresh(
  { derived, index }: RefreshClients,
  current: VocabularyFile | undefined,
  { upTo, notBefore }: { upTo: Date; notBefore: string | undefined },
  { hasTime }: Clock,
): Promise<{ file?: VocabularyFile; read: number }> {
  const left = await readStored(derived, vocabularyKeys.unfinished, unfinishedCountSchema);
  // One that came to its end began no later than what it became.
  const isOngoing =
    left !== undefined &&
    (current === undefined || left.upTo > current.countedAfreshAt) &&
    !isTooOld(left.upTo, notBefore);
  const begun: UnfinishedCount = isOngoing ? left : { ...emptyVocabularyFile(upTo), afterDocumentId: '' };
  const tally = new Tally(begun);
  let read = 0;
  for await (const page of visibleDocuments(
    index,
    written({ before: begun.upTo }),
    begun.upTo,
    begun.afterDocumentId,
  )) {
    for (const document of page) tally.add(document);
    read += page.length;
    if (hasTime()) continue;
    const afterDocumentId = page.at(-1)?.documentId ?? begun.afterDocumentId;
    const unfinished = { ...begun, ...tally.counted(), afterDocumentId };
    await writeStored(derived, vocabularyKeys.unfinished, unfinishedCountSchema, unfinished);
    return { read };
  }
  const { version } = begun;
  return { read, file: { version, upTo: begun.upTo, countedAfreshAt: begun.upTo, ...tally.counted() } };
}

async function addNewer(
  index: RefreshClients['index'],
  file: VocabularyFile,
  upTo: Date,
  { hasTime }: Clock,
): Promise<{ file: VocabularyFile; read: number }> {
  const tally = new Tally(file);
  let from = file.upTo;
  let read = 0;
  while (from < upTo.toISOString() && (from === file.upTo || hasTime())) {
    const to = await windowEnd(index, from, upTo);
    for await (const page of visibleDocuments(index, becameVisible(from, to), to, '')) {
      for (const document of page) tally.add(document);
      read += page.length;
    }
    from = to;
  }
  return { read, file: { ...file, ...tally.counted(), upTo: from } };
}

async function windowEnd(index: RefreshClients['index'], from: string, upTo: Date): Promise<string> {
  const start = Date.parse(from);
  let length = upTo.getTime() - start;
  for (;;) {
    const to = new Date(start + length).toISOString();
    const { total } = await index.search({ query: becameVisible(from, to), size: 0, track_total_hits: true });
    if (total <= documentsPerWindow || length <= shortestWindowMilliseconds) return to;
    length = Math.ceil(length / 2);
  }
}

/** In the order of their ids, each once though there be several copies. */
async function* visibleDocuments(
  index: RefreshClients['index'],
  which: Clause,
  at: string,
  after: string,
): AsyncGenerator<StoredDocument[]> {
  const must_not = heldBackClauses(at);
  for (let last = after; ; ) {
    const { found } = await index.search({
      query: { bool: { filter: [which, { range: { documentId: { gt: last } } }], must_not } },
      size: documentsPerPage,
      sort: [{ documentId: 'asc' }],
    });
    if (found.length === 0) return;
    const page = new Map(found.map(({ document }) => [document.documentId, document]));
    yield [...page.values()];
    last = found.at(-1)?.document.documentId ?? last;
    if (found.length < documentsPerPage) return;
  }
}
