import { RefusedError } from '../runtime/errors.ts';
import { textOfHtml } from './html-text.ts';
import { type NinjsItem, parseNinjs } from './ninjs.ts';
import { plainLine, plainText, textLimits, titleFrom } from './plain-text.ts';

export interface Story {
  /** The story's own headline, where it has one. */
  headline?: string;
  /** A title in any case: the headline, or the beginning of the text. */
  title: string;
  /** Plain text, paragraphs apart. */
  text: string;
  /** Where the story is ninjs. */
  item?: NinjsItem;
}

/** A first line that stands alone, is this short and ends like no sentence is a headline. */
const maxHeadlineLine = 140;

/**
 * Reads a story from its bytes.
 * @param mediaType as admitted: application/json (ninjs), text/html or text/plain.
 * @throws RefusedError for ninjs that breaks its schema or is no text.
 */
export function readStory(bytes: Uint8Array, mediaType: string, fileName: string): Story {
  const content = decode(bytes);
  if (mediaType.includes('json')) return fromNinjs(parseNinjs(content, `The story ${fileName}`));
  if (mediaType.includes('html')) return fromHtml(content);
  return fromPlainText(content);
}

/** UTF-8, or UTF-16 where a byte order mark says so; the mark itself is taken off. */
function decode(bytes: Uint8Array): string {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}

function fromNinjs(item: NinjsItem): Story {
  if (item.type !== undefined && !['text', 'composite'].includes(item.type))
    throw new RefusedError(
      `This ninjs item is of type "${item.type}". To describe a photo or video, name it NAME.ninjs.json beside NAME.`,
    );
  const { body, particulars } = item;
  const markup = body?.isHtml ? textOfHtml(body.text).text : body?.text;
  const text = plainText(markup ?? particulars.caption ?? '', textLimits.story);
  return { ...titled(particulars.headline, text), text, item };
}

function fromHtml(content: string): Story {
  const { headline, text } = textOfHtml(content);
  const plain = plainText(text, textLimits.story);
  return { ...titled(headline, plain), text: plain };
}

function fromPlainText(content: string): Story {
  const text = plainText(content, textLimits.story);
  const [first = '', ...rest] = text.split('\n');
  const others = rest.join('\n').trim();
  const isHeadline = others !== '' && first.length <= maxHeadlineLine && !/[.;:,…]$/.test(first);
  return isHeadline ? { ...titled(first, others), text: others } : { ...titled(undefined, text), text };
}

function titled(headline: string | undefined, text: string): Pick<Story, 'headline' | 'title'> {
  const line = plainLine(headline ?? '', textLimits.headline);
  return line === '' ? { title: titleFrom(text) || 'Untitled story' } : { headline: line, title: line };
}
