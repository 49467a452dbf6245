import { Button, Group, Kbd, TextInput } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { maxQueryCharacters } from '../../../lambdas/contracts/search.ts';

/** The words of the search; `/` brings the cursor here from anywhere on the page. */
export function SearchBox({ words, onSearch }: { words: string; onSearch: (words: string) => void }) {
  const box = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(words);
  useEffect(() => setTyped(words), [words]);
  useHotkeys([
    [
      '/',
      () => {
        box.current?.focus();
        box.current?.select();
      },
    ],
  ]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSearch(typed.trim());
  };
  return (
    <form onSubmit={submit}>
      <Group role="search" gap="sm" align="end" wrap="nowrap">
        <TextInput
          ref={box}
          label="Search photos, video and stories"
          placeholder='a name, a place, a mood; "exact words", -without, video of, in March 2024'
          type="search"
          size="md"
          flex={1}
          miw={0}
          maxLength={maxQueryCharacters}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          rightSection={typed === '' ? <Kbd aria-hidden="true">/</Kbd> : undefined}
          data-autofocus
        />
        <Button type="submit" size="md" style={{ flexShrink: 0 }}>
          Search
        </Button>
      </Group>
    </form>
  );
}
