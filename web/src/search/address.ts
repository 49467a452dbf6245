import type { SearchQuery } from '../../../lambdas/contracts/api.ts';

/** The search as the address bar holds it: a link to it is the search itself. */
export interface SearchAddress {
  q: string;
  type: string[];
  desk: string[];
  entity: string[];
  from?: string;
  to?: string;
  page: number;
}

const list = (value: string | null): string[] => (value ? value.split(',').filter(Boolean) : []);
const isDay = (value: string | null): value is string => value !== null && /^\d{4}-\d{2}-\d{2}$/.test(value);

export function readAddress(parameters: URLSearchParams): SearchAddress {
  const from = parameters.get('from');
  const to = parameters.get('to');
  const page = Number(parameters.get('page') ?? 1);
  return {
    q: (parameters.get('q') ?? '').slice(0, 512),
    type: list(parameters.get('type')),
    desk: list(parameters.get('desk')),
    entity: list(parameters.get('entity')),
    ...(isDay(from) ? { from } : {}),
    ...(isDay(to) ? { to } : {}),
    page: Number.isInteger(page) && page >= 1 && page <= 50 ? page : 1,
  };
}

export function writeAddress(address: SearchAddress): URLSearchParams {
  const parameters = new URLSearchParams();
  if (address.q) parameters.set('q', address.q);
  for (const key of ['type', 'desk', 'entity'] as const)
    if (address[key].length > 0) parameters.set(key, address[key].join(','));
  if (address.from) parameters.set('from', address.from);
  if (address.to) parameters.set('to', address.to);
  if (address.page > 1) parameters.set('page', String(address.page));
  return parameters;
}

export const pageSize: SearchQuery['size'] = 20;

/** The same search as the API takes it. */
export function toApiQuery(address: SearchAddress): URLSearchParams {
  const parameters = writeAddress(address);
  parameters.set('size', String(pageSize));
  return parameters;
}

/** Adds a value to a filter or takes it away again; any change of filters starts at the first page. */
export function toggled(address: SearchAddress, key: 'type' | 'desk' | 'entity', value: string): SearchAddress {
  const values = address[key];
  return {
    ...address,
    [key]: values.includes(value) ? values.filter((other) => other !== value) : [...values, value],
    page: 1,
  };
}
