import { Button, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';

/** Light or dark; until somebody presses it the page follows the computer. */
export function ColourSchemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const other = scheme === 'dark' ? 'light' : 'dark';
  return (
    <Button
      size="compact-sm"
      variant="transparent"
      c="white"
      aria-label={`Show the page ${other}`}
      onClick={() => setColorScheme(other)}
    >
      {other === 'dark' ? 'Dark' : 'Light'}
    </Button>
  );
}
