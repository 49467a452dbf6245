import { Button, Checkbox, Fieldset, Stack, Text, TextInput } from '@mantine/core';
import type { SearchResponse } from '../../../lambdas/contracts/search.ts';
import { EntityChips } from '../parts/entity-chips.tsx';
import { emptyAddress, isFiltered, type SearchAddress, toggled } from './address.ts';

const typeNames: Record<string, string> = { photo: 'Photos', video: 'Video', story: 'Stories' };

function Choices({
  legend,
  values,
  counts,
  chosen,
  onToggle,
}: {
  legend: string;
  values: readonly string[];
  counts: Record<string, number>;
  chosen: readonly string[];
  onToggle: (value: string) => void;
}) {
  return (
    <Fieldset legend={legend} variant="unstyled">
      <Stack gap={6} mt={6}>
        {values.map((value) => (
          <Checkbox
            key={value}
            size="sm"
            checked={chosen.includes(value)}
            onChange={() => onToggle(value)}
            label={`${typeNames[value] ?? value}${counts[value] === undefined ? '' : ` (${counts[value]})`}`}
          />
        ))}
      </Stack>
    </Fieldset>
  );
}

export function Filters({
  address,
  facets,
  desks,
  onChange,
}: {
  address: SearchAddress;
  facets: SearchResponse['facets'] | undefined;
  desks: readonly string[];
  onChange: (next: SearchAddress) => void;
}) {
  const day = (key: 'from' | 'to', value: string): void => {
    const { [key]: _, ...rest } = address;
    onChange({ ...rest, ...(value ? { [key]: value } : {}) });
  };
  return (
    <Stack component="section" aria-label="Filters" gap="md">
      <Choices
        legend="Type"
        values={['photo', 'video', 'story']}
        counts={facets?.types ?? {}}
        chosen={address.type}
        onToggle={(value) => onChange(toggled(address, 'type', value))}
      />
      <Choices
        legend="Desk"
        values={desks}
        counts={facets?.desks ?? {}}
        chosen={address.desk}
        onToggle={(value) => onChange(toggled(address, 'desk', value))}
      />
      <Fieldset legend="Made" variant="unstyled">
        <TextInput
          type="date"
          label="From"
          size="xs"
          value={address.from ?? ''}
          onChange={(event) => day('from', event.currentTarget.value)}
        />
        <TextInput
          type="date"
          label="To"
          size="xs"
          value={address.to ?? ''}
          onChange={(event) => day('to', event.currentTarget.value)}
        />
      </Fieldset>
      {facets && facets.entities.length > 0 && (
        <section aria-label="Names in these results">
          <Text fz="sm" mb={6}>
            Names in these results
          </Text>
          <EntityChips
            entities={facets.entities}
            chosen={address.entity}
            onToggle={(filter) => onChange(toggled(address, 'entity', filter))}
            limit={14}
          />
        </section>
      )}
      {isFiltered(address) && (
        <Button
          variant="default"
          size="xs"
          onClick={() => onChange({ ...emptyAddress, q: address.q, off: address.off, ignore: address.ignore })}
        >
          Remove all filters
        </Button>
      )}
    </Stack>
  );
}
