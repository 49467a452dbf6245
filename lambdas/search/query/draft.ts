import type { QueryChip } from '../../contracts/search.ts';
import type { ReadingOptions } from '../understand.ts';

/** A piece of the query, in UTF-16 units, end exclusive. */
export interface Span {
  start: number;
  end: number;
}
type Kind = QueryChip['kind'];
const switchOf = {
  type: 'types',
  date: 'dates',
  phrase: 'phrases',
  exclusion: 'exclusions',
  entity: 'dictionary',
  alias: 'aliases',
  spelling: 'spelling',
} as const satisfies Record<Kind, string>;

/**
 * Beyond so many words outside quotation marks it is a text that somebody pasted, not something that was asked: what it
 * says of days and kinds, and what it quotes, describes and does not filter.
 */
const maxAskedWords = 20;
const filtering: ReadonlySet<Kind> = new Set(['type', 'date', 'phrase']);

/** The API's limit for an id in `ignore`. */
const maxIdCharacters = 200;

const chipId = (kind: Kind, name: string): string => `${kind}:${name.replaceAll(',', ' ')}`.slice(0, maxIdCharacters);

/** A word that is searched for in another spelling. */
export interface Correction extends Span {
  /** As it was typed, without what people leave out when they type names. */
  word: string;
  with: string;
  /** Whether the archive has the new one as a name. */
  isToName: boolean;
  /** Whether with the word beside it the new one is a person whom the archive has. */
  isOfPerson: boolean;
  /** Whether more than one letter changes, to what is no name of the archive with either word beside it. */
  isFar: boolean;
  /** Id of its chip. */
  chip: string;
}

/**
 * A query while it is read. What a reader understood is blanked, not cut, so that all offsets stay those of the typed
 * text. `words` is what is searched for, `open` what nobody has understood yet.
 */
export class Draft {
  readonly text: string;
  readonly chips: QueryChip[] = [];
  /** Pieces that nothing else may name. */
  readonly understood: Span[] = [];
  #words: string;
  #open: string;
  /** Pieces that are searched for in another spelling. */
  readonly corrections: Correction[] = [];
  readonly #options: Pick<ReadingOptions, 'off' | 'ignore'>;
  readonly #isPasted: boolean;

  constructor(text: string, options: Pick<ReadingOptions, 'off' | 'ignore'>) {
    this.text = text;
    this.#words = text;
    this.#open = text;
    this.#options = options;
    this.#isPasted = (text.replace(/[“"„][^“”"„]*[“”"]/g, ' ').match(/[\p{L}\p{N}]\S*/gu)?.length ?? 0) > maxAskedWords;
  }

  get words(): string {
    return this.#words;
  }

  get open(): string {
    return this.#open;
  }

  isOn(kind: Kind): boolean {
    return !this.#options.off.has(switchOf[kind]) && !(this.#isPasted && filtering.has(kind));
  }

  /** Offers a chip. @returns false where the reader of this answer has taken it back: then it is plain words. */
  offer(kind: Kind, name: string, span: Span, became: string): boolean {
    const id = chipId(kind, name);
    if (this.#options.ignore.has(id)) return false;
    const typed = this.text.slice(span.start, span.end).trim();
    if (!this.chips.some((chip) => chip.id === id))
      this.chips.push({ id, kind, typed, became, remove: { parameter: 'ignore', value: id } });
    return true;
  }

  /** Takes a piece out of what is searched for. */
  remove(span: Span): void {
    this.#words = blanked(this.#words, span);
    this.close(span);
    this.understood.push(span);
  }

  /** Takes a piece out of what is searched for without understanding it: an operator's own sign. */
  removeSign(start: number): void {
    this.#words = blanked(this.#words, { start, end: start + 1 });
    this.#open = blanked(this.#open, { start, end: start + 1 });
  }

  /** Keeps a piece among the words, but lets no later reader interpret it. */
  close(span: Span): void {
    this.#open = blanked(this.#open, span);
  }

  correct(correction: Omit<Correction, 'chip'>): void {
    this.corrections.push({ ...correction, chip: chipId('spelling', correction.word) });
    this.close(correction);
  }

  correctionOf({ start }: Span): string | undefined {
    return this.corrections.find((one) => one.start === start)?.with;
  }

  /** What is searched for as it was typed. */
  get typedWords(): string {
    return singleSpaced(this.#words);
  }

  /** What is searched for, with the corrections and with these other words for pieces of it. */
  wordsWith(others: readonly (Span & { with: string })[] = []): string {
    let text = this.#words;
    const replacements = [
      ...this.corrections.filter((one) => !others.some((other) => overlaps(one, other))),
      ...others,
    ];
    for (const { start, end, with: words } of replacements.toSorted((a, b) => b.start - a.start))
      text = `${text.slice(0, start)}${words}${text.slice(end)}`;
    return singleSpaced(text);
  }
}

export const overlaps = (one: Span, other: Span): boolean => one.start < other.end && other.start < one.end;
export const singleSpaced = (text: string): string => text.replace(/\s+/g, ' ').trim();

const blanked = (text: string, { start, end }: Span): string =>
  `${text.slice(0, start)}${' '.repeat(end - start)}${text.slice(end)}`;
