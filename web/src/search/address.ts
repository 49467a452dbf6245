import { type SearchQuery, searchSwitchSchema } from '../../../lambdas/contracts/search.ts';

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
const lists = ['type', 'desk', 'entity', 'off', 'ignore'] as const satisfies readonly AddressList[];

export const emptyAddress: SearchAddress = { q: '', type: [], desk: [], entity: [], off: [], ignore: [] };

const list = (value: string | null): string[] => (value ? value.split(',').filter(Boolean) : []);
const isDay = (value: string | null): value is string => value !== null && /^\d{4}-\d{2}-\d{2}$/.test(value);
const maxQueryCharacters = 512;

export function readAddress(parameters: URLSearchParams): SearchAddress {
  const from = parameters.get('from');
  const to = parameters.get('to');
  const similar = parameters.get('similar');
  const known = new Set<string>(searchSwitchSchema.options);
  return {
    q: (parameters.get('q') ?? '').slice(0, maxQueryCharacters),
    ...(similar ? { similar } : {}),
    type: list(parameters.get('type')),
    desk: list(parameters.get('desk')),
    entity: list(parameters.get('entity')),
    ...(isDay(from) ? { from } : {}),
    ...(isDay(to) ? { to } : {}),
    off: list(parameters.get('off')).filter((name) => known.has(name)),
    ignore: list(parameters.get('ignore')),
  };
}

export function writeAddress(address: SearchAddress): URLSearchParams {
  const parameters = new URLSearchParams();
  if (address.q) parameters.set('q', address.q);
  if (address.similar) parameters.set('similar', address.similar);
  for (const key of lists) if (address[key].length > 0) parameters.set(key, address[key].join(','));
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

/** Adds a value to a list or takes it away again. */
export function toggled(address: SearchAddress, key: AddressList, value: string): SearchAddress {
  const values = address[key];
  return { ...address, [key]: values.includes(value) ? values.filter((other) => other !== value) : [...values, value] };
}

/** Other words: what was turned off for the old ones is read again. */
export const withWords = (address: SearchAddress, q: string): SearchAddress => {
  const { similar: _, ...rest } = address;
  return { ...rest, q, off: [], ignore: [] };
};

export const isFiltered = ({ type, desk, entity, from, to }: SearchAddress): boolean =>
  type.length + desk.length + entity.length > 0 || from !== undefined || to !== undefined;
