import { Button, Group, Pill, Text } from '@mantine/core';
import { keyOfFilter } from '../../../lambdas/contracts/entity-key.ts';
import type { SearchResponse } from '../../../lambdas/contracts/search.ts';
import { dayOf } from '../parts/dates.ts';
import { type AddressList, filterCount, type SearchAddress, toggled, withDay, withoutFilters } from './address.ts';
import { typeNames } from './filters.tsx';

interface ActiveFilter {
  id: string;
  kind: string;
  name: string;
  without: () => SearchAddress;
}

const kindWords: Partial<Record<AddressList, string>> = { type: 'type', desk: 'desk', entity: 'name' };

/** The filters that are on, above the results at any width: each is taken away where it stands. */
export function ActiveFilters({
  address,
  facets,
  onChange,
}: {
  address: SearchAddress;
  facets: SearchResponse['facets'] | undefined;
  onChange: (next: SearchAddress) => void;
}) {
  const nameOf = (list: AddressList, value: string): string => {
    if (list === 'type') return typeNames[value] ?? value;
    if (list !== 'entity') return value;
    const key = keyOfFilter(value);
    return facets?.entities.find((entity) => entity.key === key)?.text ?? key;
  };
  const ofList = (list: AddressList): ActiveFilter[] =>
    address[list].map((value) => ({
      id: `${list} ${value}`,
      kind: kindWords[list] ?? list,
      name: nameOf(list, value),
      without: () => toggled(address, list, value),
    }));
  const ofDay = (which: 'from' | 'to'): ActiveFilter[] => {
    const day = address[which];
    return day
      ? [{ id: which, kind: `made ${which}`, name: dayOf(day), without: () => withDay(address, which, '') }]
      : [];
  };
  const filters = [...ofList('type'), ...ofList('desk'), ...ofList('entity'), ...ofDay('from'), ...ofDay('to')];
  if (filters.length === 0) return null;
  return (
    <Group gap={8} component="section" aria-label="Filters that are on">
      <Text fz="sm">Only</Text>
      {filters.map(({ id, kind, name, without }) => (
        <Pill
          key={id}
          size="md"
          className="query-chip"
          withRemoveButton
          removeButtonProps={{ 'aria-label': `Take the filter ${name} away`, 'aria-hidden': false, tabIndex: 0 }}
          onRemove={() => onChange(without())}
        >
          <span className="chip-kind">{kind}</span> <bdi>{name}</bdi>
        </Pill>
      ))}
      {filterCount(address) > 1 && (
        <Button size="compact-xs" variant="default" onClick={() => onChange(withoutFilters(address))}>
          Remove all filters
        </Button>
      )}
    </Group>
  );
}
