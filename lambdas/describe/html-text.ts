import { compile, type HtmlToTextOptions } from 'html-to-text';

/** Deeper or wider than any story: a file made to exhaust the parser stops here. */
const limits = { maxDepth: 200, maxChildNodes: 50_000, maxInputLength: 5 * 1024 * 1024 };
const skipped = [
  ...['script', 'style', 'noscript', 'template', 'iframe', 'object', 'embed', 'svg', 'img', 'video', 'audio'],
  ...['nav', 'form', 'button', 'select', 'input', 'textarea', 'hr'],
];
const upright = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table'];

const options = (baseElements: string[], returnDomByDefault: boolean): HtmlToTextOptions => ({
  wordwrap: false,
  limits,
  baseElements: { selectors: baseElements, returnDomByDefault },
  selectors: [
    ...skipped.map((selector) => ({ selector, format: 'skip' })),
    ...upright.map((selector) => ({ selector, options: { uppercase: false } })),
    { selector: 'a', options: { ignoreHref: true } },
    { selector: 'table', format: 'dataTable', options: { uppercaseHeaderCells: false } },
  ],
});
const wholeText = compile(options(['body'], true));
const headings = ['h1', 'title'].map((element) => ({
  // A page is read once more for each, which a large one without such an element is spared.
  isIn: (html: string) => html.toLowerCase().includes(`<${element}`),
  textIn: compile(options([element], false)),
}));

/** The words of an HTML page, paragraphs apart; scripts, styles, forms and menus are gone with what is in them. */
export function textOfHtml(html: string): { headline?: string; text: string } {
  const text = wholeText(html);
  const headline = headings
    .filter(({ isIn }) => isIn(html))
    .map(({ textIn }) => textIn(html).split('\n')[0]?.trim())
    .find(Boolean);
  if (headline === undefined) return { text };
  // The headline is kept apart: it must not count twice.
  return { headline, text: text.trimStart().startsWith(headline) ? text.trimStart().slice(headline.length) : text };
}
