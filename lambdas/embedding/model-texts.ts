import type { Description } from '../contracts/documents.ts';

/** The context is the same for all shots of a video: more of it would drown what tells them apart. */
const maxContextCharacters = 240;
const maxKeywordCharacters = 160;

/**
 * What the embedding model reads of a document, the most telling first because the model cuts off at 256 tokens: its
 * own text, its title, its place, what surrounds it, its keywords. Nothing is said twice.
 */
export function embeddingText(description: Description): string {
  const { text, title, place, context, people, keywords } = description;
  const subjects = [...people, ...keywords].join(', ').slice(0, maxKeywordCharacters);
  const parts: string[] = [];
  for (const part of [
    text,
    title,
    place ?? '',
    withoutTitle(context, title).slice(0, maxContextCharacters),
    subjects,
  ]) {
    const words = part.trim().replace(/[.\s]+$/, '');
    const isSaid = parts.some((earlier) => earlier.toLowerCase().includes(words.toLowerCase()));
    if (words !== '' && !isSaid) parts.push(words);
  }
  return parts.length === 0 ? title : `${parts.join('. ')}.`;
}

/** A line that is broken by the margin is about as long as the page is wide; a byline or a heading is shorter. */
const minWrappedCharacters = 50;
const endsSentence = /[.!?:…]["'”’»)]*$/;

/**
 * The texts whose names are the document's: each is read alone, so that many shots share their video's, and so is each
 * paragraph, since no name goes on from one to the next ("By Haruka Shinozaki" stands above the dateline "IZU, Japan").
 */
export function entityTexts({ text, title, context }: Description): string[] {
  const surrounding = withoutTitle(context, title);
  return [...new Set([title, text, surrounding].flatMap(paragraphsOf))];
}

/** Lines, those that only the margin broke put together again. */
function paragraphsOf(text: string): string[] {
  const paragraphs: string[] = [];
  let isOpen = false;
  for (const line of text.split('\n').map((part) => part.trim())) {
    if (isOpen && line !== '') paragraphs.push(`${paragraphs.pop()} ${line}`);
    else if (line !== '') paragraphs.push(line);
    isOpen = line.length >= minWrappedCharacters && !endsSentence.test(line);
  }
  return paragraphs;
}

const withoutTitle = (context: string, title: string): string =>
  context.startsWith(title) ? context.slice(title.length).replace(/^[.\s]+/, '') : context;
