import { type EntityLabel, entityLabelSchema } from './models.ts';

/** Letters that Unicode does not decompose into a base letter and an accent. */
const foldedLetters: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ı: 'i',
  ł: 'l',
  ŧ: 't',
  þ: 'th',
};
const foldable = new RegExp(`[${Object.keys(foldedLetters).join('')}]`, 'g');

/**
 * The form in which names are compared, the same for documents and queries: lower case, Latin accents folded,
 * one kind of apostrophe and hyphen, single spaces, no possessive 's and no punctuation around the name.
 * Commas become spaces because an API parameter lists several keys between commas.
 * Vowel signs of other scripts are letters there and stay. Idempotent.
 * @returns the empty string where nothing of a name is left.
 */
export function entityKey(name: string): string {
  return name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(foldable, (letter) => foldedLetters[letter] ?? letter)
    .normalize('NFC')
    .replace(/[\u2018\u2019\u02bc\u0060\u00b4]/g, "'")
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[,\p{C}\p{Z}\s]+/gu, ' ')
    .replace(/^[\p{P}\p{S}\s]+/u, '')
    .replace(/(?:'s|[\p{P}\p{S}\s])+$/u, '');
}

/** `LABEL:key`, as the index holds it in `entityKeys` and as the API takes it for a filter. */
export const entityFilter = (entity: { label: EntityLabel; key: string }): string => `${entity.label}:${entity.key}`;

/** The name that such a filter asks for. A key holds no colon before its label's end, and may hold one after it. */
export const keyOfFilter = (filter: string): string => entityKey(filter.slice(filter.indexOf(':') + 1));

/**
 * The name under every label: models differ in what they take the same name for from one text to the next, so that a
 * reader who asks for a name means all of them.
 */
export const underEveryLabel = (key: string): string[] =>
  entityLabelSchema.options.map((label) => entityFilter({ label, key }));
