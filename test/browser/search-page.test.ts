import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { QueryChip } from '../../lambdas/contracts/search.ts';
import { places } from '../../setup/places.ts';
import { openBrowser, signedInPage } from '../support/browser.ts';
import { answerSearches, type LargeArchive } from './support/large-archive.ts';

const { addresses } = inject('system');
const pictures = path.join(places.workshop, 'screenshots');
const widths = [
  { name: 'phone', width: 390, height: 844 },
  { name: 'tablet', width: 834, height: 1112 },
  { name: 'desktop', width: 1440, height: 900 },
] as const;
/** A picture that every page may load. */
const pixel =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 width=%2240%22 height=%2230%22%3E%3Crect width=%2240%22 height=%2230%22 fill=%22%23789%22/%3E%3C/svg%3E';
const chip = (id: string, kind: QueryChip['kind'], typed: string, became: string): QueryChip => ({
  id,
  kind,
  typed,
  became,
  remove: { parameter: 'ignore', value: id },
});
const archive: LargeArchive = {
  total: 3000,
  thumbnailUrl: pixel,
  chips: [
    chip('type:photo', 'type', 'photo of', 'photos'),
    chip('date:march', 'date', 'in march 2024', '1 to 31 March 2024'),
    chip('spelling:hamborg', 'spelling', 'hamborg', 'Hamburg'),
  ],
};

let browser: Browser;
let editor: BrowserContext;
let page: Page;

beforeAll(async () => {
  browser = await openBrowser();
  page = await signedInPage(browser, addresses.page);
  editor = page.context();
  await editor.grantPermissions(['clipboard-read', 'clipboard-write']);
});
afterAll(() => browser?.close());
afterEach(async () => {
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: 'light' });
});

const accessibilityFaults = async (): Promise<string[]> =>
  (await new AxeBuilder({ page }).analyze()).violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`,
  );
const openSearch = async (query: string): Promise<void> => {
  await page.goto(`${addresses.page}/?${query}`);
  await page.getByRole('article').first().waitFor();
};
const focusedTitle = (): Promise<string> =>
  page.evaluate(() => document.activeElement?.closest('article')?.querySelector('h2')?.textContent ?? '');

describe('the results at three widths', () => {
  describe.each(widths)('on a $name', ({ name, width, height }) => {
    it.each(['light', 'dark'] as const)('fit, read well and are clean under axe, %s', async (colorScheme) => {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await answerSearches(page, archive);
      await openSearch('q=photo+of+hamborg+in+march+2024');
      await page.screenshot({ path: path.join(pictures, `results-${name}-${colorScheme}.png`) });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      expect(await accessibilityFaults()).toEqual([]);
    });
  });

  it('keep the filters in a drawer on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await answerSearches(page, archive);
    await openSearch('q=rain');
    expect(await page.getByLabel(/^Photos/).count()).toBe(0);
    await page.getByRole('button', { name: 'Filters' }).click();
    await page.getByLabel(/^Photos/).check();
    await page.waitForURL(/type=photo/);
    expect(await accessibilityFaults()).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Filters (on)' }).waitFor();
  });
});

describe('the reading of a query', () => {
  it('stands below the box, is taken back by keyboard and given back', async () => {
    await answerSearches(page, archive);
    await openSearch('q=photo+of+hamborg+in+march+2024');
    await page.getByText('1 to 31 March 2024').waitFor();
    await page.getByRole('button', { name: 'Take “hamborg” as plain words' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/ignore=spelling%3Ahamborg/);
    await page.getByRole('button', { name: 'Read the words again' }).click();
    await page.waitForURL((url) => !url.search.includes('ignore'));
  });
});

describe('thousands of results', () => {
  it('scroll on and on with few of them drawn at a time', async () => {
    await answerSearches(page, archive);
    await openSearch('q=rain');
    await page.getByText('3,000 results of 4,200 assets').waitFor();
    const most = await page.evaluate(async () => {
      let drawn = 0;
      for (let step = 0; step < 120; step += 1) {
        window.scrollBy(0, 900);
        await new Promise(requestAnimationFrame);
        drawn = Math.max(drawn, document.querySelectorAll('article').length);
      }
      return drawn;
    });
    await page.waitForFunction(() => window.scrollY > 20_000);
    expect(most).toBeLessThan(100);
    expect(await page.getByRole('article').count()).toBeGreaterThan(0);
  });

  it('are walked by j and k, opened by Enter and found again where they were left', async () => {
    await answerSearches(page, archive);
    await openSearch('q=rain');
    for (let hit = 0; hit < 15; hit += 1) {
      await page.keyboard.press('j');
      await page.waitForFunction((place) => document.activeElement?.getAttribute('data-place') === String(place), hit);
    }
    await page.keyboard.press('k');
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-place') === '13');
    const left = await focusedTitle();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/assets\//);
    // The made-up archive has no such asset, which the page says.
    await page.getByRole('alert').waitFor();
    await page.keyboard.press('Escape');
    await page.waitForURL(/\/\?q=rain/);
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-place') === '13');
    expect(await focusedTitle()).toBe(left);
  });

  it('bring the cursor back to the box by a slash', async () => {
    await answerSearches(page, archive);
    await openSearch('q=rain');
    await page.keyboard.press('j');
    await page.keyboard.press('/');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('search');
  });
});

describe('what an answer says of itself', () => {
  it('keeps near misses below a line', async () => {
    await answerSearches(page, { ...archive, total: 2, nearMisses: 3 });
    await openSearch('q=rain');
    await page.getByRole('heading', { name: 'Near misses' }).waitFor();
    expect(await page.getByRole('article').count()).toBe(5);
  });

  it('says what it went without, and how fresh it is', async () => {
    const reason = 'Not read again by the reranker: it did not answer within 1.5 s.';
    await answerSearches(page, { ...archive, degraded: [{ part: 'rerank', reason }] });
    await openSearch('q=rain');
    await page.getByText('Answered without rerank').waitFor();
    await page.getByText(/shows within about 1 min/).waitFor();
    expect(await accessibilityFaults()).toEqual([]);
  });

  it('says of each hit by which words and names it came and where each stage put it', async () => {
    await answerSearches(page, archive);
    await openSearch('q=rain');
    const first = page.getByRole('article').first();
    await first.getByText('Why this hit').click();
    await first.getByText('Words in the title: harbour').waitFor();
    await first.getByText('Names asked for: Hamburg').waitFor();
    await first.getByText('Nothing here about: ferry').waitFor();
    await first.getByText('near (0.52)').waitFor();
    expect(await first.getByRole('row').count()).toBe(5);
  });
});

describe('a search that is kept', () => {
  it('is found under its name and leads to the same address', async () => {
    await answerSearches(page, archive);
    await openSearch('q=rain&type=photo');
    await page.getByRole('button', { name: 'Saved searches' }).click();
    await page.getByLabel('Name of this search').fill('Rain pictures');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    expect(await accessibilityFaults()).toEqual([]);
    await openSearch('q=other');
    await page.getByRole('button', { name: 'Saved searches' }).click();
    await page.getByRole('link', { name: 'Rain pictures' }).click();
    await page.waitForURL(/q=rain&type=photo/);
  });
});

describe('light and dark', () => {
  it('follow the computer until somebody chooses, and then the choice', async () => {
    await openSearch('');
    const scheme = () => page.evaluate(() => document.documentElement.getAttribute('data-mantine-color-scheme'));
    expect(await scheme()).toBe('light');
    await page.getByRole('button', { name: 'Show the page dark' }).click();
    expect(await scheme()).toBe('dark');
    await page.reload();
    await page.getByRole('article').first().waitFor();
    expect(await scheme()).toBe('dark');
    await page.getByRole('button', { name: 'Show the page light' }).click();
  });
});

describe('the archive’s own results', () => {
  it('play a shot where it lies when it is stayed on', async () => {
    await openSearch('type=video');
    const shot = page.getByRole('list', { name: 'Best shots' }).first().getByRole('link').first();
    await shot.hover();
    const preview = shot.locator('video');
    await preview.waitFor();
    await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2);
    await page.mouse.move(0, 0);
    await preview.waitFor({ state: 'detached' });
  });

  it('lead to what is similar', async () => {
    await openSearch('type=photo');
    await page.getByRole('link', { name: 'Similar images' }).first().click();
    await page.waitForURL(/similar=/);
    await page.getByText('Looking for what is similar').waitFor();
    await page.getByRole('article').first().waitFor();
  });

  it('loop a shot and hand out its timecode by key', async () => {
    await openSearch('type=video');
    await page.getByRole('article').first().getByRole('heading').getByRole('link').click();
    await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 1);
    await page.getByRole('list', { name: 'Shots' }).getByRole('button').first().waitFor();
    await page.getByLabel('Loop the shot').check();
    expect(await page.getByLabel('Loop the shot').isChecked()).toBe(true);
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.keyboard.press('c');
    await page.getByText(/^Copied \d\d:\d\d:\d\d[:;]\d\d$/).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toMatch(/^\d\d:\d\d:\d\d[:;]\d\d$/);
    expect(await accessibilityFaults()).toEqual([]);
  });
});
