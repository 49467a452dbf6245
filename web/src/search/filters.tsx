import { Checkbox, Fieldset, Stack, Text, TextInput } from '@mantine/core';
import type { SearchResponse } from '../../../lambdas/contracts/search.ts';
import { EntityChips } from '../parts/entity-chips.tsx';
import { isChosen, type SearchAddress, toggled, withDay } from './address.ts';

export const typeNames: Record<string, string> = { photo: 'Photos', video: 'Video', story: 'Stories' };

const numberFormat = new Intl.NumberFormat('en-GB');

/**
 * How many hits bear each value. While some value of this very list is ticked the answer holds no others, so that
 * nothing is known of the rest; otherwise a value that is not counted has none.
 */
const countInWords = (counts: Record<string, number> | undefined, value: string, chosen: readonly string[]): string => {
  const count = counts?.[value] ?? (counts && chosen.length === 0 ? 0 : undefined);
  return count === undefined ? '' : ` (${numberFormat.format(count)})`;
};

function Choices({
  legend,
  values,
  counts,
  chosen,
  onToggle,
}: {
  legend: string;
  values: readonly string[];
  counts: Record<string, number> | undefined;
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
            label={`${typeNames[value] ?? value}${countInWords(counts, value, chosen)}`}
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
  return (
    <Stack component="section" aria-label="Filters" gap="md">
      <Choices
        legend="Type"
        values={['photo', 'video', 'story']}
        counts={facets?.types}
        chosen={address.type}
        onToggle={(value) => onChange(toggled(address, 'type', value))}
      />
      <Choices
        legend="Desk"
        values={[...new Set([...desks, ...address.desk])]}
        counts={facets?.desks}
        chosen={address.desk}
        onToggle={(value) => onChange(toggled(address, 'desk', value))}
      />
      <Fieldset legend="Made" variant="unstyled">
        {(['from', 'to'] as const).map((which) => (
          <TextInput
            key={which}
            type="date"
            label={which === 'from' ? 'From' : 'To'}
            size="xs"
            value={address[which] ?? ''}
            {...(which === 'from' ? { max: address.to } : { min: address.from })}
            onChange={(event) => onChange(withDay(address, which, event.currentTarget.value))}
          />
        ))}
      </Fieldset>
      {facets && facets.entities.length > 0 && (
        <section aria-label="Names in these results">
          <Text fz="sm" mb={6}>
            Names in these results
          </Text>
          <EntityChips
            entities={facets.entities}
            isChosen={(filter) => isChosen(address, 'entity', filter)}
            onToggle={(filter) => onChange(toggled(address, 'entity', filter))}
            limit={14}
          />
        </section>
      )}
    </Stack>
  );
}
