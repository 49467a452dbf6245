import type { Candidate } from './retrieve.ts';
import { unrelatedCosine } from './settings.ts';

/** Keeps what has to do with the query: it names it, holds most of its words, or means something near it. */
export const isRelated = ({ cosine, isCovered, isNamed, lexicalScore }: Candidate): boolean =>
  isCovered || isNamed || (cosine === undefined ? lexicalScore > 0 : cosine >= unrelatedCosine);
