import { RefusedError } from '../runtime/errors.ts';

const byteOrderMarks: readonly (readonly [encoding: string, mark: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what tells bytes from text
const controlCharacters = /[\u0000-\u0008\u000b\u000e-\u001f\u007f]/;

/**
 * Bytes as text: UTF-8, or UTF-16 where a byte order mark says so.
 * @param isCutOff whether more bytes follow, so that a character cut in two at the end is no fault.
 * @returns undefined where the bytes are no text: another encoding, or control characters.
 */
export function decodeText(bytes: Uint8Array, { isCutOff }: { isCutOff: boolean }): string | undefined {
  const encoding = byteOrderMarks.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte))?.[0] ?? 'utf-8';
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: isCutOff });
    return controlCharacters.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Lists of media and session descriptions: a player that opens one goes on to open what it names. */
const playlistBeginnings: readonly RegExp[] = [
  /^#EXT(M3U|INF|-X-)/i,
  /^ffconcat\b/i,
  /^(#[^\n]*\n\s*)*file\s+('[^'\n]+'|"[^"\n]+"|\S*[/\\.]\S+)[ \t\r]*(\n|$)/i,
  /^\[playlist\]/i,
  /^\[reference\]/i,
  /^v=0\r?\no=/i,
  /^(rtsp|rtmp|https?|file|concat|tcp|udp):\S+\s*$/i,
];
const playlistElements = /^(mpd|smoothstreamingmedia|playlist|asx|smil|wpl|f4m|manifest)$/i;

const foreignTexts: readonly (readonly [beginning: RegExp, name: string])[] = [
  [/^%PDF-/, 'a PDF'],
  [/^%!PS/, 'PostScript'],
  [/^\{\\rtf/, 'an RTF document'],
];

const htmlElements =
  /^(html|head|body|title|meta|link|style|script|article|main|section|header|div|p|h[1-6]|span|blockquote|ul|ol|table|figure|img|a|br|b|i|em|strong|iframe)$/i;

export type StoryMediaType = 'text/plain' | 'text/html' | 'application/json';

/**
 * Which kind of story a text is, by its structure alone: its name is never asked.
 * @throws RefusedError for playlists, other document formats, XML, empty and broken ones, with a sentence for the editor.
 */
export function storyType(text: string, { isWhole }: { isWhole: boolean }): StoryMediaType {
  const body = text.replace(/^[\ufeff\s]+/, '');
  if (body === '') throw new RefusedError('This file holds no words. Send the story itself.');
  if (playlistBeginnings.some((beginning) => beginning.test(body))) throw playlistRefusal();
  const foreign = foreignTexts.find(([beginning]) => beginning.test(body));
  if (foreign !== undefined)
    throw new RefusedError(`This file is ${foreign[1]}. Send stories as ninjs JSON, HTML or plain text.`);
  const element = firstElement(body);
  if (element !== undefined) return markupType(element, body);
  return isWhole ? wholeTextType(body) : 'text/plain';
}

const playlistRefusal = (): RefusedError =>
  new RefusedError('This file is a playlist that names other files. Send the video itself.');

/** The first element's name without its prefix, where the text begins as markup. */
function firstElement(body: string): string | undefined {
  if (/^<!doctype\s+html/i.test(body)) return 'html';
  const afterProlog = body.replace(
    /^(\s*(<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!doctype[^>[]*(\[[\s\S]*?\])?\s*>))*\s*/i,
    '',
  );
  return /^<(?:[\w-]+:)?([\w-]+)[\s/>]/.exec(afterProlog)?.[1];
}

function markupType(element: string, body: string): StoryMediaType {
  if (playlistElements.test(element)) throw playlistRefusal();
  if (htmlElements.test(element)) return 'text/html';
  if (/^svg$/i.test(element))
    throw new RefusedError('This file is an SVG drawing. Send photos as JPEG, PNG, WebP or TIFF.');
  if (body.startsWith('<?xml') || /\sxmlns\s*=/.test(body.slice(0, 1000)))
    throw new RefusedError(`This file is XML (<${element}>). Send stories as ninjs JSON, HTML or plain text.`);
  return 'text/plain';
}

function wholeTextType(body: string): StoryMediaType {
  if (!/^[{[]/.test(body)) return 'text/plain';
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    // "[Updated] ..." and "{...}" begin prose as well; a quoted name after the brace does not.
    if (!/^\{\s*"/.test(body)) return 'text/plain';
    throw new RefusedError(`This file begins as JSON but is broken: ${(error as Error).message}. Export it again.`);
  }
  if (isNinjsStory(value)) return 'application/json';
  throw new RefusedError(
    'This JSON is not a story: ninjs has a "uri" and a headline or a body. A photo’s or video’s ninjs is named NAME.ninjs.json.',
  );
}

/** Fields that carry a ninjs item's words, in ninjs 1, 2 and 3: https://iptc.org/standards/ninjs/ */
const ninjsWords = ['headline', 'headlines', 'body_text', 'body_html', 'body_xhtml', 'bodies', 'description_text'];

function isNinjsStory(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const hasWords = [...ninjsWords, 'descriptions'].some((field) => Object.hasOwn(value, field));
  return hasWords && typeof (value as { uri?: unknown }).uri === 'string';
}
