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

/** Small grey type keeps a contrast of 4.5 to 1 on white and on the page's off-white (WCAG 2.2, 1.4.3). */
export const readableGreys: CSSVariablesResolver = () => ({
  variables: {},
  dark: {},
  light: { '--mantine-color-dimmed': '#55606b', '--mantine-color-placeholder': '#5a6570' },
});
