import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { withOwnSystem } from '../../local/supervisor/own-system.ts';
import { places, root } from '../../setup/places.ts';
import { openBrowser, signedInPage } from '../support/browser.ts';
import { schemes, widths } from './support/widths.ts';

/**
 * `npm run screenshots`: starts a system with the sample newsroom and takes the README's pictures of the page into docs/,
 * and the same views at three widths, light and dark, into .wirescope/screenshots for whoever changes the page. The
 * README's show only media whose licence is stated (local/samples/CREDITS.md).
 */
type Width = (typeof widths)[number]['name'];
type Scheme = (typeof schemes)[number];

const views: Record<string, (page: Page, address: string) => Promise<void>> = {
  newest: async (page, address) => openResults(page, `${address}/`),
  words: async (page, address) => openResults(page, `${address}/?q=tall+buildings+at+night`),
  lessSure: async (page, address) => openResults(page, `${address}/?q=rush+hour+stress`),
  chips: async (page, address) => openResults(page, `${address}/?q=photo+of+${encodeURIComponent('grase hopper')}`),
  why: async (page, address) => {
    await openResults(page, `${address}/?q=how+much+warning+of+a+solar+storm`);
    await page.getByText('Why this hit').first().click();
  },
  nothing: async (page, address) => {
    await page.goto(`${address}/?q=parliament+vote+on+pension+reform`);
    await page.getByText('Nothing found').waitFor();
  },
  video: async (page, address) => {
    await openResults(page, `${address}/?q=skyscrapers+from+below&type=video`);
    await page.getByRole('article').first().getByRole('heading').getByRole('link').click();
    await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2);
    await page.getByLabel('Loop the shot').check();
  },
};
const inReadme: readonly { view: string; width: Width; scheme: Scheme; file: string }[] = [
  { view: 'chips', width: 'desktop', scheme: 'light', file: 'page.png' },
  { view: 'video', width: 'desktop', scheme: 'dark', file: 'video.png' },
  { view: 'chips', width: 'phone', scheme: 'dark', file: 'phone.png' },
];

const largestWidth = 1200;

/** Pictures come after the results; a screenshot waits for those that are on the screen. */
async function openResults(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.getByRole('article').first().waitFor();
}

const whenPicturesAreThere = (page: Page): Promise<unknown> =>
  page.waitForFunction(() =>
    [...document.images].every((image) => image.getBoundingClientRect().top > window.innerHeight || image.complete),
  );

async function take(
  page: Page,
  address: string,
  view: string,
  { width, height }: { width: number; height: number },
  scheme: Scheme,
): Promise<Buffer> {
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: scheme });
  await views[view]?.(page, address);
  await whenPicturesAreThere(page);
  return page.screenshot();
}

await withOwnSystem({ instance: 'screenshots', basePort: 6700, withSamples: true }, async ({ addresses }) => {
  const browser = await openBrowser();
  try {
    const page = await signedInPage(browser, addresses.page);
    const folder = path.join(places.workshop, 'screenshots');
    mkdirSync(folder, { recursive: true });
    for (const view of Object.keys(views))
      for (const width of widths)
        for (const scheme of schemes) {
          const picture = await take(page, addresses.page, view, width, scheme);
          writeFileSync(path.join(folder, `${view}-${width.name}-${scheme}.png`), picture);
          const wanted = inReadme.find((one) => one.view === view && one.width === width.name && one.scheme === scheme);
          if (wanted) {
            // Few colours suffice for a page, and make a small file.
            const small = await sharp(picture)
              .resize({ width: largestWidth, withoutEnlargement: true })
              .png({ palette: true, colours: 128, compressionLevel: 9 })
              .toBuffer();
            writeFileSync(path.join(root, 'docs', wanted.file), small);
          }
        }
  } finally {
    await browser.close();
  }
});
