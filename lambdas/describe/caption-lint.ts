import { entityKey } from '../contracts/entity-key.ts';
import type { EntitySpan } from '../contracts/models.ts';
import { writtenNames } from './written-names.ts';

export type LintedCaption = { text: string } | { rejected: string };

const maxCaptionCharacters = 600;
const minCaptionWords = 3;
/** Of the words, those that the language needs: English has them, captions in other languages do not. */
const englishWords = new Set(
  'a an and are as at behind beside by for from has have her his in into is it its near of off on onto or out over she he the their them they through to two three toward under up while who with without people person man woman men women'.split(
    ' ',
  ),
);
const minEnglishShare = 0.12;
const maxForeignLetterShare = 0.1;

const refusals =
  /^(i['’]?m sorry|sorry|i apologi[sz]e|i (?:can(?:no|['’])t|am unable|['’]m unable|cannot|won['’]t|do not|don['’]t)|as an ai\b|unable to|(?:this|the) (?:request|image|content) (?:cannot|can['’]t|violates))/i;
const preamble =
  /^(?:(?:in )?(?:this|the|an?) (?:(?:black[- ]and[- ]white|colou?r|aerial|news|close-?up) )?(?:image|photo|photograph|picture|frame|scene|shot|still|screenshot)(?: here)? ?(?:,|shows|showing|depicts|depicting|features|featuring|captures|capturing|displays|displaying|presents|contains|portrays|is of|of|we (?:can )?see|there (?:is|are))|(?:shown|seen|pictured|depicted) here (?:is|are)|here(?:['’]s| is) (?:a|the) (?:caption|description)[^:]*:|(?:caption|description|answer)\s*:|(?:sure|certainly|of course)[,!.]?(?: here[^:]*:)?)\s*/i;
/** What is left of such words where no rule takes them off cleanly. */
const speaksOfThePicture =
  /(?:the|this|an?) (?:image|photo|photograph|picture) (?:shows|depicts|features|captures|displays|portrays|presents)\b/i;
/** What no description of a picture says, and an instruction in the picture may have made the model say. */
const obedience = [
  /https?:|www\.|\b[\w.-]+@[\w-]+\.\w|\b[\w-]+\.(?:com|net|org|io|ru|info|biz)\b/i,
  /\bignor(?:e|ing) (?:all |any |the |my |your )*(?:previous|prior|above|earlier|instructions|rules)/i,
  /\b(?:system|developer) (?:prompt|message)\b|\bas (?:instructed|requested|you asked)\b|\bmy instructions\b|\bprompt injection\b/i,
  /\b(?:as|i am|i['’]m) (?:an? )?(?:ai|assistant|language model|chatbot)\b/i,
  /(?:^|[.!?] )(?:click|visit|call|buy|subscribe|download|send|pay|delete|run|execute|contact|vote|forward|share)\b/i,
  /\b(?:you|your|yours|i|me|my)\b/i,
  /[{}<>\\]|```|\$\(|\bselect \*|\bdrop table\b|<\/?\w+>/i,
];
const quoted = /[“"«][^”"»]*[”"»]/g;

const surePerson = 0.5;
const sureOther = 0.5;

/**
 * A model's answer as a caption, or why it is none. It becomes one plain line of English without markup, label or
 * "The image shows"; sentences that name a person whom the asset's own metadata does not name are left out.
 * @param spans what the `entities` endpoint found in the plain text of the answer (`plainAnswer`).
 * @param known names in the asset's metadata: people, place, keywords, headline.
 */
export function lintCaption(
  answer: string,
  { spans, known }: { spans: readonly EntitySpan[]; known: readonly string[] },
): LintedCaption {
  const line = plainAnswer(answer);
  if (line === '') return { rejected: 'the model answered with no words' };
  if (refusals.test(line)) return { rejected: `the model would not describe the picture: ${line.slice(0, 80)}` };
  if (line.length > maxCaptionCharacters) return { rejected: `the model answered with ${line.length} characters` };
  // What is quoted stands in the picture, and a description may say so.
  const outsideQuotes = line.replace(quoted, ' ');
  if (obedience.some((sign) => sign.test(outsideQuotes))) return { rejected: 'the answer is no description' };
  if (!isEnglish(line)) return { rejected: 'the answer is not in English' };
  const kept = sentencesOf(line)
    .map(withoutPreamble)
    .filter((sentence) => sentence !== '' && !namesSomebody(sentence, spans, known));
  const text = kept.join(' ').trim();
  if (kept.length === 0 && sentencesOf(line).length > 0)
    return { rejected: 'it names people whom the metadata does not name' };
  if (speaksOfThePicture.test(text)) return { rejected: 'the answer speaks of the picture instead of what it shows' };
  return text.split(' ').length < minCaptionWords ? { rejected: 'hardly a word is left of the answer' } : { text };
}

/** The answer as one line without markup, as the `entities` endpoint is asked about it. */
export const plainAnswer = (answer: string): string =>
  answer
    .replace(/<[^>]*>/g, ' ')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*_`#>|~]+/g, ' ')
    .replace(/^\s*(?:[-•]|\d+[.)])\s+/gm, '')
    .replace(/\p{C}+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^(?:caption|description|answer)\s*:\s*/i, '')
    .replace(/^["“”']+(.*?)["“”']+$/, '$1')
    .trim();

function withoutPreamble(sentence: string): string {
  let rest = sentence;
  for (let before = ''; before !== rest; ) {
    before = rest;
    rest = rest.replace(preamble, '').replace(/^["“”'\s]+/, '');
  }
  return rest === '' ? '' : (rest[0] ?? '').toUpperCase() + rest.slice(1);
}

const sentencesOf = (line: string): string[] =>
  [...new Intl.Segmenter('en', { granularity: 'sentence' }).segment(line)].map(({ segment }) => segment.trim());

function isEnglish(line: string): boolean {
  const letters = line.match(/\p{L}/gu) ?? [];
  const foreign = letters.filter((letter) => !/[a-z\u00c0-\u024f]/i.test(letter)).length;
  const words = line.toLowerCase().match(/\p{L}+/gu) ?? [];
  const english = words.filter((word) => englishWords.has(word)).length;
  return foreign <= letters.length * maxForeignLetterShare && english >= words.length * minEnglishShare;
}

/**
 * Whether a sentence names a person unknown to the metadata. A person is whom the endpoint takes for one, and, because
 * no model finds every name, any word that is written like a name and that it does not take for something else.
 */
function namesSomebody(sentence: string, spans: readonly EntitySpan[], known: readonly string[]): boolean {
  const knownKeys = known.map(entityKey).filter((key) => key !== '');
  const isKnown = (name: string): boolean => {
    const key = entityKey(name);
    return key === '' || knownKeys.some((each) => ` ${each} `.includes(` ${key} `));
  };
  const inSentence = spans.filter(({ text }) => sentence.toLowerCase().includes(text.toLowerCase()));
  const people = inSentence.filter(({ label, score }) => label === 'PER' && score >= surePerson);
  if (people.some(({ text }) => !isKnown(text))) return true;
  const others = inSentence.filter(({ label, score }) => label !== 'PER' && score >= sureOther);
  const isOther = (name: string): boolean =>
    others.some(({ text }) => entityKey(text).split(' ').includes(entityKey(name)));
  return writtenNames(sentence.replace(quoted, ' ')).some((name) => !isKnown(name) && !isOther(name));
}
