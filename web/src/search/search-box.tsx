import { Button, Group, Input, Kbd, TextInput } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { maxQueryCharacters } from '../../../lambdas/contracts/search.ts';

const numberFormat = new Intl.NumberFormat('en-GB');

/** The words of the search; `/` brings the cursor here from anywhere on the page. */
export function SearchBox({ words, onSearch }: { words: string; onSearch: (words: string) => void }) {
  const id = useId();
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
  const isTooLong = typed.trim().length > maxQueryCharacters;
  return (
    <search>
      <form onSubmit={submit}>
        <Input.Label htmlFor={id} size="md">
          Search photos, video and stories
        </Input.Label>
        <Group gap="sm" align="start" wrap="nowrap">
          <TextInput
            ref={box}
            id={id}
            placeholder='a name, a place, a mood; "exact words", -without, video of, in March 2024'
            type="search"
            // The box’s own `dir` would be its frame’s.
            attributes={{ input: { dir: 'auto' } }}
            size="md"
            flex={1}
            miw={0}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            inputWrapperOrder={['input', 'description']}
            description={
              isTooLong
                ? `Of these ${numberFormat.format(typed.trim().length)} characters the first ${maxQueryCharacters} are searched for.`
                : undefined
            }
            rightSection={typed === '' ? <Kbd aria-hidden="true">/</Kbd> : undefined}
            data-autofocus
          />
          <Button type="submit" size="md" style={{ flexShrink: 0 }}>
            Search
          </Button>
        </Group>
      </form>
    </search>
  );
}
