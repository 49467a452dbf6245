import { Button, Group, Pill, Text } from '@mantine/core';
import type { QueryChip, SearchResponse } from '../../../lambdas/contracts/search.ts';
import { type SearchAddress, toggled } from './address.ts';

/** What stands before a chip's own words, which say what became of it: `word` before `spelt Kyiv`. */
const kindWords: Record<QueryChip['kind'], string> = {
  type: 'type',
  date: 'date',
  phrase: 'words',
  exclusion: 'words',
  entity: 'name',
  alias: 'name',
  spelling: 'word',
};

const switchWords: Record<string, string> = {
  entities: 'names',
  dictionary: 'the archive’s names',
  aliases: 'other names',
  spelling: 'spelling',
  phrases: 'phrases',
  exclusions: 'exclusions',
  types: 'types',
  dates: 'dates',
};

/** What the archive read out of the typed words: each reading can be taken back, and given back. */
export function QueryChips({
  address,
  understanding,
  onChange,
}: {
  address: SearchAddress;
  understanding: SearchResponse['query']['understanding'] | undefined;
  onChange: (next: SearchAddress) => void;
}) {
  const chips = understanding?.chips ?? [];
  const isChanged = address.off.length + address.ignore.length > 0;
  if (chips.length === 0 && !isChanged) return null;
  return (
    <Group gap={8} component="section" aria-label="How your words were read">
      {chips.length > 0 && <Text fz="sm">Read as</Text>}
      {chips.map((chip) => (
        <Pill
          key={chip.id}
          size="md"
          className="query-chip"
          withRemoveButton
          removeButtonProps={{
            'aria-label': `Take “${chip.typed}” as plain words`,
            'aria-hidden': false,
            tabIndex: 0,
          }}
          onRemove={() => onChange(toggled(address, chip.remove.parameter, chip.remove.value))}
        >
          <span className="chip-kind">{kindWords[chip.kind]}</span> <bdi>{chip.became}</bdi>
        </Pill>
      ))}
      {isChanged && (
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => onChange({ ...address, off: [], ignore: [] })}
          title={address.off.map((name) => switchWords[name] ?? name).join(', ')}
        >
          Read the words again
        </Button>
      )}
    </Group>
  );
}
