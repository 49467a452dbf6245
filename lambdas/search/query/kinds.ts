import { type AssetKind, assetKindSchema } from '../../contracts/assets.ts';
import type { Draft, Span } from './draft.ts';

const words: Readonly<Record<AssetKind, string>> = {
  photo: 'photos?|photographs?|pictures?|images?|pics?',
  video: 'videos?|footage|clips?',
  story: 'stor(?:y|ies)|articles?|reports?',
};
const plurals: Readonly<Record<AssetKind, string>> = {
  photo: 'photos|photographs|pictures|images|pics',
  video: 'videos|footage|clips',
  story: 'stories|articles',
};
/** At the end a kind is meant only where the word names hardly anything else: `hostage video`, but `a success story`. */
const trailing: Readonly<Record<AssetKind, string>> = {
  photo: 'photos?|pictures|images|pics?',
  video: 'videos?|footage|clips',
  story: 'articles?',
};
const particle: Readonly<Record<AssetKind, string>> = {
  photo: 'of|showing|from',
  video: 'of|showing|from',
  story: 'about|on',
};
/** What these precede is a thing in the picture: `woman holding photo`. */
const holds = '(?:a|an|the|his|her|their|with|holding|holds|of|in|on|from|framed|family|and)';
const named = { photo: 'photos', video: 'videos', story: 'stories' } as const satisfies Record<AssetKind, string>;

/** The kind that a word names by itself. */
export const kindOfWord = (word: string): AssetKind | undefined =>
  assetKindSchema.options.find((kind) => new RegExp(`^(?:${words[kind]})$`, 'iu').test(word));

/**
 * Reads what kind of thing is asked for: `photo of …`, `story about …` at the beginning, a plural before anything else
 * or by itself, or the bare word at the end. Elsewhere the words are content: photo finish, video assistant referee, picture house.
 */
export function readKind(draft: Draft, excluded: readonly AssetKind[]): AssetKind[] | undefined {
  const asked = draft.isOn('type') ? askedKind(draft) : undefined;
  if (asked === undefined && excluded.length === 0) return undefined;
  return (asked === undefined ? assetKindSchema.options : [asked]).filter((kind) => !excluded.includes(kind));
}

function askedKind(draft: Draft): AssetKind | undefined {
  for (const kind of assetKindSchema.options) {
    const span = spanOf(draft.open, kind);
    if (span === undefined) continue;
    if (!draft.offer('type', kind, span, `only ${named[kind]}`)) return undefined;
    draft.remove(span);
    return kind;
  }
  return undefined;
}

function spanOf(open: string, kind: AssetKind): Span | undefined {
  const patterns = [
    `^\\s*(?:(?:the|a|an|any|some|show me|find)\\s+)*(?<kind>(?:${words[kind]})\\s+(?:${particle[kind]}))(?=\\s+\\S)`,
    `^\\s*(?<kind>${plurals[kind]})(?=\\s+\\p{L}|\\s*$)(?!\\s+(?:and|or)\\s)`,
    `(?<=\\S\\s+)(?<!(?:^|\\s)${holds}\\s+)(?<kind>${trailing[kind]})\\s*$`,
  ];
  for (const pattern of patterns) {
    const match = new RegExp(pattern, 'diu').exec(open);
    const [start, end] = match?.indices?.groups?.['kind'] ?? [];
    if (start !== undefined && end !== undefined) return { start, end };
  }
  return undefined;
}
