import { Anchor, Button, CloseButton, Group, Popover, Stack, Text, TextInput } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { useState } from 'react';
import { Link } from 'react-router';
import { type SearchAddress, writeAddress } from './address.ts';

interface SavedSearch {
  name: string;
  /** The search as its address: what a link to it holds. */
  search: string;
}

/** Searches that this editor keeps on this computer; each is a link that can be sent on. */
export function SavedSearches({ address }: { address: SearchAddress }) {
  const [saved, setSaved] = useLocalStorage<SavedSearch[]>({ key: 'wirescope-saved-searches', defaultValue: [] });
  const [name, setName] = useState('');
  const [isOpen, setOpen] = useState(false);
  const search = writeAddress(address).toString();
  const save = (): void => {
    const chosen = name.trim() || address.q || 'a search without words';
    setSaved((before) => [...before.filter((one) => one.name !== chosen), { name: chosen, search }]);
    setName('');
  };
  return (
    <Popover width={300} position="bottom-end" trapFocus returnFocus opened={isOpen} onChange={setOpen}>
      <Popover.Target>
        <Button variant="default" size="compact-sm" onClick={() => setOpen((before) => !before)}>
          Saved searches
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Saved searches">
        <Stack gap="sm">
          {saved.length === 0 && <Text fz="sm">No search is saved on this computer yet.</Text>}
          {saved.map((one) => (
            <Group key={one.name} justify="space-between" wrap="nowrap">
              <Anchor component={Link} to={`/?${one.search}`} fz="sm" onClick={() => setOpen(false)}>
                <bdi>{one.name}</bdi>
              </Anchor>
              <CloseButton
                size="sm"
                aria-label={`Forget ${one.name}`}
                onClick={() => setSaved((before) => before.filter(({ name: other }) => other !== one.name))}
              />
            </Group>
          ))}
          {search !== '' && (
            <Group gap="xs" align="end" wrap="nowrap">
              <TextInput
                size="xs"
                flex={1}
                label="Name of this search"
                placeholder={address.q}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
              />
              <Button size="xs" onClick={save}>
                Save
              </Button>
            </Group>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
