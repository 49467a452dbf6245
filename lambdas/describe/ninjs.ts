import { z } from 'zod';
import { RefusedError } from '../runtime/errors.ts';
import type { Particulars } from './particulars.ts';

/**
 * The fields that are read of ninjs (https://iptc.org/std/ninjs/): 2 and 3 with their arrays of headlines,
 * descriptions and bodies, and the single fields of 1 that agencies still send. Everything else may be there. Names
 * are in lower case here, as in 1 and 2; 3 writes `pubStatus` where 2 writes `pubstatus`, so case is folded first.
 */
const instant = z.iso.datetime({
  offset: true,
  error: 'must be a date and time with offset, like 2026-05-01T06:00:00Z',
});
const valueSchema = z
  .object({ role: z.string().optional(), contenttype: z.string().optional(), value: z.string() })
  .loose();
const namedSchema = z.object({ name: z.string() }).loose();
const versionSchema = z.union([z.string().min(1), z.number().transform(String)], 'must be a text or a number');

const ninjsSchema = z
  .object({
    uri: z.string().min(1).max(500),
    type: z.string().optional(),
    version: versionSchema.optional(),
    versioncreated: instant.optional(),
    firstcreated: instant.optional(),
    contentcreated: instant.optional(),
    embargoed: instant.optional(),
    embargoeduntil: instant.optional(),
    embargo: instant.optional(),
    pubstatus: z.enum(['usable', 'withheld', 'canceled'], 'must be usable, withheld or canceled').optional(),
    language: z.string().optional(),
    headlines: z.array(valueSchema).optional(),
    headline: z.string().optional(),
    title: z.string().optional(),
    descriptions: z.array(valueSchema).optional(),
    description_text: z.string().optional(),
    bodies: z.array(valueSchema).optional(),
    body_text: z.string().optional(),
    body_html: z.string().optional(),
    body_xhtml: z.string().optional(),
    by: z.string().optional(),
    byline: z.string().optional(),
    creditline: z.string().optional(),
    copyrightholder: z.string().optional(),
    copyrightnotice: z.string().optional(),
    usageterms: z.string().optional(),
    located: z.string().optional(),
    people: z.array(namedSchema).optional(),
    person: z.array(namedSchema).optional(),
    places: z.array(namedSchema).optional(),
    place: z.array(namedSchema).optional(),
    subjects: z.array(namedSchema).optional(),
    subject: z.array(namedSchema).optional(),
    keywords: z.array(z.string()).optional(),
    digitalsourcetype: z
      .union([z.string(), z.object({ uri: z.string().optional(), name: z.string().optional() })])
      .optional(),
  })
  .loose();

export interface NinjsItem {
  uri: string;
  type?: string;
  /** The order of versions goes by `version`, or by `versioncreated` where there is none. */
  version: string;
  language?: string;
  isKilled: boolean;
  particulars: Particulars;
  /** The main text, as it is told to be; absent in an item of pictures. */
  body?: { text: string; isHtml: boolean };
}

/**
 * Reads one ninjs item.
 * @param what how the sentence names it: `The story` or `The sidecar NAME.ninjs.json`.
 * @throws RefusedError that names the field which breaks the schema.
 */
export function parseNinjs(json: string, what: string): NinjsItem {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new RefusedError(`${what} is not valid JSON: ${(error as Error).message}.`, { cause: error });
  }
  const parsed = ninjsSchema.safeParse(foldNames(value, what));
  if (parsed.success) return ninjsItem(parsed.data);
  const issue = parsed.error.issues[0];
  const field = nameAsWritten(value, issue?.path ?? []) || 'the whole';
  throw new RefusedError(
    `${what} breaks the ninjs schema: "${field}" ${issue?.message ?? 'is wrong'}. Correct it and send it again.`,
  );
}

/** Deeper than any item of news; what lies below is not read. */
const maxDepth = 8;

/** @throws RefusedError where a name stands twice: which of two `pubStatus` holds is not for a machine to guess. */
function foldNames(value: unknown, what: string, depth = 0): unknown {
  if (depth > maxDepth || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => foldNames(item, what, depth + 1));
  const folded = new Map<string, unknown>();
  for (const [name, inner] of Object.entries(value)) {
    const key = name.toLowerCase();
    if (folded.has(key)) throw new RefusedError(`${what} names "${name}" twice. Correct it and send it again.`);
    folded.set(key, foldNames(inner, what, depth + 1));
  }
  return Object.fromEntries(folded);
}

/** The path of a field with its names as the sender wrote them. */
function nameAsWritten(value: unknown, path: readonly PropertyKey[]): string {
  let current = value;
  const names = path.map((part) => {
    const entries = typeof current === 'object' && current !== null ? Object.entries(current) : [];
    const [name, inner] = entries.find(([written]) => written.toLowerCase() === String(part)) ?? [String(part)];
    current = inner;
    return name;
  });
  return names.join('.');
}

function ninjsItem(item: z.infer<typeof ninjsSchema>): NinjsItem {
  const places = [...(item.places ?? []), ...(item.place ?? [])].map(({ name }) => name);
  const sourceType = item.digitalsourcetype;
  const sourceUri = typeof sourceType === 'string' ? sourceType : (sourceType?.uri ?? sourceType?.name);
  const body = bodyOf(item);
  return {
    uri: item.uri,
    version: item.version ?? item.versioncreated ?? '1',
    isKilled: item.pubstatus === 'canceled',
    ...(item.type === undefined ? {} : { type: item.type }),
    ...(item.language === undefined ? {} : { language: item.language }),
    ...(body === undefined ? {} : { body }),
    particulars: {
      headline: mainOf(item.headlines)?.value ?? item.headline ?? item.title,
      caption: mainOf(item.descriptions)?.value ?? item.description_text,
      creator: item.by ?? item.byline,
      credit: item.creditline,
      copyright: item.copyrightnotice ?? item.copyrightholder,
      usageTerms: item.usageterms,
      place: placeOf(item.located, places),
      people: [...(item.people ?? []), ...(item.person ?? [])].map(({ name }) => name),
      keywords: [
        ...(item.keywords ?? []),
        ...[...(item.subjects ?? []), ...(item.subject ?? [])].map(({ name }) => name),
      ],
      createdAt: item.contentcreated ?? item.firstcreated ?? item.versioncreated,
      digitalSourceType: sourceUri?.split('/').at(-1),
      embargoUntil: latest([item.embargoed, item.embargoeduntil, item.embargo]),
      isWithheld: item.pubstatus === 'withheld',
    },
  };
}

/** Where it was written, or taken, and what further places it is about. */
function placeOf(located: string | undefined, places: readonly string[]): string | undefined {
  const said = located?.toLowerCase() ?? '';
  const further = places.filter((place) => !said.includes(place.toLowerCase()));
  return [...(located === undefined ? [] : [located]), ...further].join(', ') || undefined;
}

/** Whatever name a sender gives the embargo, it holds; of several the last to end. */
const latest = (instants: readonly (string | undefined)[]): string | undefined =>
  instants
    .filter((one) => one !== undefined)
    .sort((a, b) => Date.parse(a) - Date.parse(b))
    .at(-1);

/** The one whose role says that it is the main one, else the first. */
const mainOf = (values: readonly z.infer<typeof valueSchema>[] | undefined) =>
  values?.find(({ role }) => /main|caption/i.test(role ?? '')) ?? values?.[0];

function bodyOf(item: z.infer<typeof ninjsSchema>): NinjsItem['body'] {
  const isHtml = (type: string | undefined) => /html/i.test(type ?? '');
  const plain = item.bodies?.find(({ contenttype }) => !isHtml(contenttype));
  const chosen = plain ?? item.bodies?.[0];
  if (chosen !== undefined) return { text: chosen.value, isHtml: isHtml(chosen.contenttype) };
  if (item.body_text !== undefined) return { text: item.body_text, isHtml: false };
  const html = item.body_xhtml ?? item.body_html;
  return html === undefined ? undefined : { text: html, isHtml: true };
}
