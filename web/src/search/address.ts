import type { z } from 'zod';
import { assetKindSchema, deskSchema } from '../../../lambdas/contracts/assets.ts';
import { keyOfFilter } from '../../../lambdas/contracts/entity-key.ts';
import {
  chipIdSchema,
  daySchema,
  documentIdSchema,
  entityFilterSchema,
  maxListed,
  maxQueryCharacters,
  type SearchQuery,
  searchSwitchSchema,
} from '../../../lambdas/contracts/search.ts';

/** The search as the address bar holds it: a link to it is the search itself. */
export interface SearchAddress {
  q: string;
  /** A document whose like is looked for, instead of words. */
  similar?: string;
  type: string[];
  desk: string[];
  entity: string[];
  from?: string;
  to?: string;
  /** Kinds of reading that were turned off, and chips that are taken for plain words. */
  off: string[];
  ignore: string[];
}

export type AddressList = 'type' | 'desk' | 'entity' | 'off' | 'ignore';
const lists = {
  type: assetKindSchema,
  desk: deskSchema,
  entity: entityFilterSchema,
  off: searchSwitchSchema,
  ignore: chipIdSchema,
} as const satisfies Record<AddressList, z.ZodType>;
const listNames = Object.keys(lists) as AddressList[];

export const emptyAddress: SearchAddress = { q: '', type: [], desk: [], entity: [], off: [], ignore: [] };

const list = (parameters: URLSearchParams, name: AddressList): string[] =>
  (parameters.get(name) ?? '')
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '' && lists[name].safeParse(value).success)
    .slice(0, maxListed);
const oneOf = (schema: z.ZodType<string>, value: string | null): string | undefined => schema.safeParse(value).data;

/** What of an address the archive takes: a link that somebody cut short or made up leads to a search all the same. */
export function readAddress(parameters: URLSearchParams): SearchAddress {
  const q = (parameters.get('q') ?? '').slice(0, maxQueryCharacters);
  // Words and a document are never asked for at once.
  const similar = q === '' ? oneOf(documentIdSchema, parameters.get('similar')) : undefined;
  const from = oneOf(daySchema, parameters.get('from'));
  const to = oneOf(daySchema, parameters.get('to'));
  return {
    q,
    ...(similar === undefined ? {} : { similar }),
    type: list(parameters, 'type'),
    desk: list(parameters, 'desk'),
    entity: list(parameters, 'entity'),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    off: list(parameters, 'off'),
    ignore: list(parameters, 'ignore'),
  };
}

export function writeAddress(address: SearchAddress): URLSearchParams {
  const parameters = new URLSearchParams();
  if (address.q) parameters.set('q', address.q);
  if (address.similar) parameters.set('similar', address.similar);
  for (const name of listNames) if (address[name].length > 0) parameters.set(name, address[name].join(','));
  if (address.from) parameters.set('from', address.from);
  if (address.to) parameters.set('to', address.to);
  return parameters;
}

export const pageSize: SearchQuery['size'] = 40;

/** The same search as the API takes it, from the start or from where an answer before left off. */
export function toApiQuery(address: SearchAddress, cursor?: string): URLSearchParams {
  const parameters = writeAddress(address);
  parameters.set('size', String(pageSize));
  if (cursor) parameters.set('cursor', cursor);
  return parameters;
}

/** What makes two values of a list the same one: names are the same under every label. */
const identity = (name: AddressList, value: string): string => (name === 'entity' ? keyOfFilter(value) : value);

export const isChosen = (address: SearchAddress, name: AddressList, value: string): boolean =>
  address[name].some((other) => identity(name, other) === identity(name, value));

/** Adds a value to a list or takes it away again. */
export function toggled(address: SearchAddress, name: AddressList, value: string): SearchAddress {
  const others = address[name].filter((other) => identity(name, other) !== identity(name, value));
  return { ...address, [name]: others.length < address[name].length ? others : [...others, value] };
}

/** Other words: what was turned off for the old ones is read again. */
export const withWords = (address: SearchAddress, q: string): SearchAddress => {
  const { similar: _, ...rest } = address;
  return { ...rest, q: q.slice(0, maxQueryCharacters), off: [], ignore: [] };
};

/** The same without one of its days. */
export function withDay(address: SearchAddress, which: 'from' | 'to', value: string): SearchAddress {
  const { [which]: _, ...rest } = address;
  return { ...rest, ...(value ? { [which]: value } : {}) };
}

/** The same words, or the same likeness, without any filter. */
export const withoutFilters = ({ q, similar, off, ignore }: SearchAddress): SearchAddress => ({
  ...emptyAddress,
  ...{ q, off, ignore },
  ...(similar === undefined ? {} : { similar }),
});

export const filterCount = ({ type, desk, entity, from, to }: SearchAddress): number =>
  type.length + desk.length + entity.length + Number(from !== undefined) + Number(to !== undefined);
