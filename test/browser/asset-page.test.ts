import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { openBrowser, signedInPage } from '../support/browser.ts';
import { accessibilityFaults, overflowPixels } from './support/checks.ts';
import { schemes, widths } from './support/widths.ts';

const { addresses } = inject('system');
/** A sample of two shots, of which the last is longer than a second. */
const towers = 'Office towers light up the night';
const frames = /^\d\d:\d\d:\d\d[:;]\d\d$/;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await openBrowser();
  page = await signedInPage(browser, addresses.page);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
});
afterAll(() => browser?.close());
afterEach(() => page.emulateMedia({ colorScheme: 'light' }));

const openSearch = async (query: string): Promise<void> => {
  await page.goto(`${addresses.page}/?${query}`);
  await page.getByRole('article').first().waitFor();
};
const title = (name?: string) =>
  (name ? page.getByRole('article').filter({ hasText: name }) : page.getByRole('article'))
    .first()
    .locator('[data-place]');
/** The newest of a type, or the one of this title: by its words, so that it is among the first. */
const openAsset = async (type: string, name?: string): Promise<void> => {
  await openSearch(new URLSearchParams({ type, ...(name ? { q: name } : {}) }).toString());
  await title(name).click();
  await page.waitForURL(/\/assets\//);
  await page.getByRole('link', { name: /^Back to/ }).waitFor();
};
const openTowers = async (): Promise<void> => {
  await openAsset('video', towers);
  await page.getByRole('list', { name: 'Shots' }).getByRole('button').first().waitFor();
  await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 1);
};

describe.each(widths)('on a $name', ({ width, height }) => {
  beforeAll(() => page.setViewportSize({ width, height }));

  describe.each(['photo', 'video', 'story'])('the page of a %s', (type) => {
    it.each(schemes)('fits and is clean under axe, %s', async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await openAsset(type);
      await page
        .getByText(/None found|Near-duplicates \(|Kept apart/)
        .first()
        .waitFor();
      expect(await overflowPixels(page)).toBeLessThanOrEqual(0);
      expect(await accessibilityFaults(page)).toEqual([]);
    });
  });

  it('a shot plays where it lies among the results when it is stayed on', async () => {
    await openSearch('type=video');
    const shot = page.getByRole('list', { name: 'Best shots' }).first().getByRole('link').first();
    await shot.hover();
    const preview = shot.locator('video');
    await preview.waitFor();
    await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2);
    await page.mouse.move(0, 0);
    await preview.waitFor({ state: 'detached' });
  });

  it('the player starts a shot again at its end, the last one too', async () => {
    await openTowers();
    const shots = page.getByRole('list', { name: 'Shots' }).getByRole('button');
    await page.getByLabel('Loop the shot').check();
    for (const shot of [shots.first(), shots.last()]) {
      await shot.click();
      const began = await page.evaluate(() => document.querySelector('video')?.currentTime ?? 0);
      await page.waitForFunction((from) => (document.querySelector('video')?.currentTime ?? 0) > from + 0.6, began);
      await page.waitForFunction((from) => (document.querySelector('video')?.currentTime ?? 9e9) < from + 0.3, began);
      expect(await page.evaluate(() => document.querySelector('video')?.paused)).toBe(false);
    }
    await page.evaluate(() => document.querySelector('video')?.pause());
  });

  it('the player hands out its timecode and the shot’s in and out, by button and by key', async () => {
    await openTowers();
    const copied = async (said: string | RegExp): Promise<string> => {
      await page.getByText(said, { exact: true }).waitFor();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    await page.getByRole('button', { name: 'Copy timecode' }).click();
    expect(await copied(/^Copied \S+$/)).toMatch(frames);
    await page.getByRole('button', { name: 'Copy in and out' }).click();
    const [first = '', second = ''] = (await copied(/^Copied \S+ – \S+$/)).split(' – ');
    expect([first, second]).toEqual([expect.stringMatching(frames), expect.stringMatching(frames)]);
    for (const [key, expected] of [
      ['i', first],
      ['o', second],
    ] as const) {
      await page.keyboard.press(key);
      expect(await copied(`Copied ${expected}`)).toBe(expected);
    }
  });

  it.each([
    ['photo', undefined, 'Similar images', 'photo'],
    ['video', towers, 'Similar shots', 'shot'],
    ['story', undefined, 'Similar passages', 'passage'],
  ])('what is similar is found from the page of a %s', async (type, name, link, kind) => {
    await openAsset(type, name);
    const heading = (await page.getByRole('heading', { level: 1 }).textContent()) ?? '';
    await page.getByRole('link', { name: link }).first().click();
    await page.waitForURL(new RegExp(`similar=[0-9a-f]{64}\\.${kind}\\.\\d+`));
    await page.getByRole('region', { name: 'What is compared with' }).getByRole('link', { name: heading }).waitFor();
    await page.getByRole('article').first().waitFor();
    await page
      .getByText(/(very near|near|somewhat near|far) \(-?0\.\d\d\)/)
      .first()
      .waitFor();
  });

  it('the way back leads to the same words and filters', async () => {
    await openSearch('type=story&desk=sport');
    await title().click();
    await page.getByRole('link', { name: 'Back to the search' }).click();
    await page.waitForURL(/\?type=story&desk=sport$/);
  });
});
