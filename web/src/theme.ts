import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const ink: MantineColorsTuple = [
  '#eef4f8',
  '#dbe6ee',
  '#b3cbdc',
  '#88afca',
  '#6597bb',
  '#4f88b2',
  '#2f6a95',
  '#245a82',
  '#1a4565',
  '#12324a',
];

export const theme = createTheme({
  primaryColor: 'ink',
  primaryShade: 7,
  colors: { ink },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  headings: { fontFamily: 'Georgia, "Times New Roman", serif', fontWeight: '700' },
  defaultRadius: 'sm',
});

/** Small grey type keeps a contrast of 4.5 to 1 on the cards and on the page (WCAG 2.2, 1.4.3). */
export const readableGreys: CSSVariablesResolver = () => ({
  variables: {},
  dark: {
    '--mantine-color-body': '#14181c',
    '--mantine-color-dimmed': '#a9b4be',
    '--mantine-color-placeholder': '#9aa6b1',
    '--mantine-color-ink-light-color': '#a9cdea',
    '--mantine-color-anchor': '#a9cdea',
  },
  light: { '--mantine-color-dimmed': '#55606b', '--mantine-color-placeholder': '#5a6570' },
});
