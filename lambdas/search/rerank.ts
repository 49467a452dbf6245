import { entityKey } from '../contracts/entity-key.ts';
import { rerankResponseSchema } from '../contracts/models.ts';
import { stemsOf } from './analysis.ts';
import { type Degradation, inTime } from './deadline.ts';
import { wordsShareOfRerank } from './fitted.ts';
import type { Fused } from './fuse.ts';
import type { RelatedWords } from './related-words.ts';
import {
  deadlineMilliseconds,
  defaultRerankShare,
  queryLengths,
  rerankDepth,
  rerankShare,
  type ShareByLength,
} from './settings.ts';
import { type AskedWord, type Support, supportOf } from './support.ts';
import { type Endpoint, identityOf } from './understand.ts';

export interface Ranked extends Fused {
  /** What orders the answer, in [0, 1]. */
  score: number;
  rerankScore: number | null;
  /** From 1 among those that the reranker read, by its score alone. */
  rerankRank: number | null;
  /** From 1, after every stage. */
  finalRank: number;
  /** How far the query's words are borne out; undefined where the reranker did not read it or cannot tell. */
  support?: Support | undefined;
}
export interface RerankClients {
  rerank: Endpoint;
  /** Asked for where the reranker tells of single words. */
  relatedWords: () => Promise<RelatedWords>;
}
export interface Reranking {
  ranked: Ranked[];
  model?: string;
  degraded: Degradation[];
}

/** Has the best of the fused order read again by the reranker; without its answer the fused order stands. */
export async function rerank(
  clients: RerankClients,
  { text, words }: { text: string; words: readonly AskedWord[] },
  fused: readonly Fused[],
): Promise<Reranking> {
  const best = fused.slice(0, rerankDepth);
  if (best.length === 0) return { ranked: [], degraded: [] };
  const request = {
    query: text,
    documents: best.map(({ document }) => readAs(document)),
    ...(words.length === 0 ? {} : { words: words.map(({ start, end }) => ({ start, end })) }),
  };
  const { value: answer, degraded } = await inTime(
    'rerank',
    'Not read again by the reranker',
    deadlineMilliseconds.rerank,
    () =>
      clients.rerank.invokeJson(request, rerankResponseSchema, { timeoutMilliseconds: deadlineMilliseconds.rerank }),
  );
  if (answer === undefined) return { ranked: inFusedOrder(fused), degraded };
  const { value: related, degraded: unrelated } =
    answer.support === undefined
      ? { value: undefined, degraded: [] }
      : await inTime(
          'related words',
          'Words that say the same were not told',
          deadlineMilliseconds.relatedWords,
          clients.relatedWords,
        );
  const share = shareAt(rerankShare[answer.model] ?? defaultRerankShare, words.length);
  const wordsShare = shareAt(wordsShareOfRerank, words.length);
  const asked = words.map((word) => {
    const key = placeKey(word);
    const isCity = !word.isOfLongerName && (related?.isWellKnownCity(key) ?? false);
    return { ...word, isName: word.isName || (related?.isWellKnownPlace(key) ?? false), isCity };
  });
  const supports = best.map((one, position) => {
    const given = answer.support?.[position];
    return given === undefined
      ? undefined
      : supportOf(one, asked, given, impliedBy(request.documents[position], related));
  });
  const scores = answer.scores.map((score, position) => {
    const mean = supports[position]?.mean;
    return mean === undefined ? score : wordsShare * mean + (1 - wordsShare) * score;
  });
  return { ranked: applyRerank(fused, scores, share, supports), model: identityOf(answer), degraded: unrelated };
}

/** The word as places are named, which are names though neither the archive nor the model may know them. */
const placeKey = ({ written }: AskedWord): string => entityKey(written.replace(/['’]s$/, ''));

/**
 * Whether a text holds a word that says the same as the asked one, or a kind of it, or speaks of the asked city; nothing
 * is told without a table.
 */
function impliedBy(text: string | undefined, related: RelatedWords | undefined): (word: AskedWord) => boolean {
  if (text === undefined || related === undefined) return () => false;
  const held = new Set(stemsOf(text).keys());
  return (word) => {
    if (word.isCity) return related.isSpokenOf(placeKey(word), held);
    const implying = related.of(word.stem);
    return [...held].some((one) => implying.has(one));
  };
}

/** The share for a query of so many words. */
export function shareAt({ few, many }: ShareByLength, words: number): number {
  const way = (words - queryLengths.few) / (queryLengths.many - queryLengths.few);
  return few + (many - few) * Math.min(1, Math.max(0, way));
}

/** The reranked ones keep their places among themselves and stay before the rest. */
export function applyRerank(
  fused: readonly Fused[],
  scores: readonly number[],
  share: number,
  supports: readonly (Support | undefined)[] = [],
): Ranked[] {
  const minimum = Math.min(...scores);
  const range = Math.max(...scores) - minimum;
  const descending = scores.toSorted((a, b) => b - a);
  const head = fused.slice(0, scores.length).map((candidate, position) => {
    const rerankScore = scores[position] ?? minimum;
    const normalised = range > 0 ? (rerankScore - minimum) / range : 1;
    return {
      ...candidate,
      rerankScore,
      rerankRank: descending.indexOf(rerankScore) + 1,
      score: (1 - share) * candidate.fusedScore + share * normalised,
      support: supports[position],
    };
  });
  head.sort((a, b) => b.score - a.score || a.fusedRank - b.fusedRank);
  const ceiling = head.at(-1)?.score ?? 1;
  const tail = fused
    .slice(scores.length)
    .map((candidate) => ({ ...candidate, ...unread, score: Math.min(candidate.fusedScore, ceiling) }));
  return [...head, ...tail].map((one, position) => ({ ...one, finalRank: position + 1 }));
}

const unread = { rerankScore: null, rerankRank: null };

/** What was fused, with nothing read again. */
export const inFusedOrder = (fused: readonly Fused[]): Ranked[] =>
  fused.map((candidate, position) => ({
    ...candidate,
    ...unread,
    score: candidate.fusedScore,
    finalRank: position + 1,
  }));

/** Headline, description, and what else is known of the thing that they do not say: place, people, names, keywords. */
export function readAs({ title, text, context, place, people, entities, keywords }: Fused['document']): string {
  const body = text === '' ? context : text;
  const said = [`${title} ${body}`.toLowerCase()];
  const unsaid: string[] = [];
  for (const one of [place ?? '', ...people, ...entities.map(({ text: name }) => name), ...keywords]) {
    if (said.some((part) => part.includes(one.toLowerCase()))) continue;
    said.push(one.toLowerCase());
    unsaid.push(one);
  }
  return [title, body, unsaid.join(', ')].filter((part) => part !== '').join(' | ');
}
