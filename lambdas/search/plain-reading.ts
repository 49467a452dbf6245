import type { QueryReading } from './understand.ts';

/** Takes the words for words: what stands in where nothing more can be read out of them. */
export const plainReading = (text: string): QueryReading => ({
  lexicalText: text,
  variants: [],
  vectorText: text,
  phrases: [],
  exclusions: [],
  filters: {},
  entities: [],
  chips: [],
  corrections: [],
  understood: [],
});
