import { assetKindSchema } from '../../contracts/assets.ts';
import { errorMessage } from '../../runtime/errors.ts';
import type { QueryReading, ReadQuery } from '../understand.ts';
import { readDates } from './dates.ts';
import { Draft } from './draft.ts';
import { readKind } from './kinds.ts';
import { closeNumberedNames, readNames } from './names.ts';
import { readOperators } from './operators.ts';
import { readSpelling } from './spelling.ts';
import { emptyVocabulary, type Vocabulary } from './vocabulary.ts';

export interface ReaderOptions {
  /** What the archive holds at the moment. */
  vocabulary: (signal: AbortSignal) => Promise<Vocabulary>;
  /** The newsroom's time zone, in which `yesterday` is reckoned. */
  zone: string;
  /** Names that are known at large: asked for where a word is about to be respelt. */
  knownNames: () => Promise<KnownNames>;
}
export interface KnownNames {
  /** Whether a word, folded as names are, is of a name. */
  isOfName(word: string): boolean;
  /** Whether it is a name that nobody types who means the other word. */
  isAnotherName(word: string, other: string): boolean;
}
const maxVariants = 5;

/** Reads queries: operators, names, dates, kinds, spelling, in this order, each only in what none before it understood. */
export function queryReader({ vocabulary, zone, knownNames }: ReaderOptions): ReadQuery {
  return async (text, { off, ignore, now, signal }) => {
    const known = await vocabulary(signal).catch((error: unknown) => ({
      part: 'vocabulary',
      reason: `The archive’s own names and spellings were not known: ${errorMessage(error)}`,
    }));
    const readBut = (spared: ReadonlySet<string>) =>
      readWith('names' in known ? known : emptyVocabulary(), new Draft(text, { off, ignore: spared }), now, zone);
    const reading = readBut(ignore);
    if (!('names' in known)) return { ...reading, degraded: [known] };
    if (reading.corrections.length === 0) return reading;
    try {
      return sparing(await knownNames(), reading, ignore, readBut);
    } catch (error) {
      const reason = `A name may have been respelt: ${errorMessage(error)}`;
      return { ...reading, degraded: [{ part: 'known names', reason }] };
    }
  };
}

/**
 * Reads again until no well-known name is respelt, but for a person's whom the archive has, and no word of another known
 * name to a common word: the archive may have no iceland and many an island, no iran but iraq. For a little-known place
 * one of the archive's names may be meant, for surnames are places too.
 */
function sparing(
  names: KnownNames,
  first: QueryReading,
  ignore: ReadonlySet<string>,
  readBut: (spared: ReadonlySet<string>) => QueryReading,
): QueryReading {
  let reading = first;
  const spared = new Set(ignore);
  for (;;) {
    const ofNames = reading.corrections.filter(
      ({ word, with: other, isToName, isOfPerson }) =>
        (!isOfPerson && names.isAnotherName(word, other)) || (!isToName && names.isOfName(word)),
    );
    if (ofNames.length === 0) return reading;
    for (const { chip } of ofNames) spared.add(chip);
    reading = readBut(spared);
  }
}

export function readWith(vocabulary: Vocabulary, draft: Draft, now: Date, zone: string): QueryReading {
  const { phrases, exclusions, excludedKinds } = readOperators(draft);
  closeNumberedNames(draft, vocabulary);
  const period = readDates(draft, now, zone);
  const type = readKind(draft, excludedKinds);
  readSpelling(draft, vocabulary);
  const names = readNames(draft, vocabulary);
  const lexicalText = draft.wordsWith();
  const variants = [
    draft.typedWords,
    ...names.flatMap(({ start, end, others }) => others.map((other) => draft.wordsWith([{ start, end, with: other }]))),
  ];
  const types = type?.length === assetKindSchema.options.length ? undefined : type;
  return {
    lexicalText,
    variants: [...new Set(variants)].filter((variant) => variant !== lexicalText).slice(0, maxVariants),
    vectorText: lexicalText,
    phrases,
    exclusions,
    filters: { ...(types === undefined ? {} : { type: types }), ...period },
    entities: names.flatMap(({ entities }) => entities),
    corrections: draft.corrections,
    understood: [...draft.understood, ...names.map(({ start, end }) => ({ start, end }))],
    chips: draft.chips,
  };
}
