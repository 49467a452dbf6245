import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { QueryChip } from '../../lambdas/contracts/search.ts';
import { places } from '../../setup/places.ts';
import { openBrowser, signedInPage } from '../support/browser.ts';
import { accessibilityFaults, overflowPixels } from './support/checks.ts';
import { answerSearches, type LargeArchive } from './support/large-archive.ts';
import { schemes, widths } from './support/widths.ts';

const { addresses } = inject('system');
const pictures = path.join(places.workshop, 'screenshots');
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
let page: Page;

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true });
  browser = await openBrowser();
  page = await signedInPage(browser, addresses.page);
});
afterAll(() => browser?.close());
afterEach(async () => {
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.emulateMedia({ colorScheme: 'light' });
});

const openSearch = async (query: string): Promise<void> => {
  await page.goto(`${addresses.page}/?${query}`);
  await page.getByRole('article').first().waitFor();
};
const focusedTitle = (): Promise<string> =>
  page.evaluate(() => document.activeElement?.closest('article')?.querySelector('h2')?.textContent ?? '');
const button = (name: string | RegExp) => page.getByRole('button', { name });

describe.each(widths)('on a $name', ({ name, width, height }) => {
  const isNarrow = name === 'phone';
  /** Filters are beside the results where there is room, and in a drawer where there is not. */
  const showFilters = async (): Promise<void> => {
    if (isNarrow) await button(/^Filters/).click();
    await page.getByRole('region', { name: 'Filters', exact: true }).waitFor();
  };
  const hideFilters = async (): Promise<void> => {
    if (!isNarrow) return;
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  };
  beforeAll(() => page.setViewportSize({ width, height }));

  describe('results', () => {
    it.each(schemes)('fit, read well and are clean under axe, %s', async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await answerSearches(page, { ...archive, total: 30, sureTotal: 20, nearMisses: 3 });
      await openSearch('q=photo+of+hamborg+in+march+2024&type=photo&entity=LOC:hamburg');
      await page.getByText('Why this hit').first().click();
      await page.screenshot({ path: path.join(pictures, `results-${name}-${colorScheme}.png`) });
      expect(await overflowPixels(page)).toBeLessThanOrEqual(0);
      expect(await accessibilityFaults(page)).toEqual([]);
    });

    it('are a grid of photos, as many side by side as there is room for', async () => {
      await answerSearches(page, archive);
      await openSearch('q=rain');
      const tops = await page
        .locator('.picture-row')
        .first()
        .locator('article')
        .evaluateAll((cards) => cards.map((card) => Math.round(card.getBoundingClientRect().top)));
      const expected = { phone: [2, 2], tablet: [2, 3], desktop: [3, 6] }[name];
      expect(tops.length).toBeGreaterThanOrEqual(expected[0] ?? 0);
      expect(tops.length).toBeLessThanOrEqual(expected[1] ?? 0);
      expect(new Set(tops).size).toBe(1);
    });

    it('mark the words that were found in a passage', async () => {
      await answerSearches(page, archive);
      await openSearch('q=rain');
      expect(await page.locator('.hit mark').first().textContent()).toBe('rain');
    });

    it('fold doubles into one hit that says how many and leads to them', async () => {
      await answerSearches(page, { ...archive, total: 6 });
      await openSearch('q=rain');
      const folded = page.getByText('and 2 near-duplicates').first();
      await folded.click();
      const links = page
        .getByRole('article')
        .first()
        .getByRole('link', { name: /^near-duplicate/ });
      expect(await links.count()).toBe(2);
    });

    it('say by which words and names each came and where each stage put it', async () => {
      await answerSearches(page, archive);
      await openSearch('q=rain');
      const first = page.getByRole('article').first();
      await first.getByText('Why this hit').click();
      await first.getByText('Words in the title: harbour').waitFor();
      await first.getByText('Names asked for: Hamburg').waitFor();
      await first.getByText('Nothing here about: ferry').waitFor();
      await first.getByText('near (0.52)').waitFor();
      expect(await first.getByRole('row').count()).toBe(5);
      expect(await overflowPixels(page)).toBeLessThanOrEqual(0);
    });

    it('lead to what is similar, be it to a picture or to a shot', async () => {
      await answerSearches(page, archive);
      for (const [link, kind] of [
        ['Similar images', 'photo'],
        ['Similar shots', 'shot'],
      ] as const) {
        await openSearch('q=rain');
        await page.getByRole('link', { name: link }).first().click();
        await page.waitForURL(new RegExp(`similar=[0-9a-f]{64}\\.${kind}\\.\\d`));
        await page.getByRole('region', { name: 'What is compared with' }).waitFor();
        await page.getByText('near (0.52)').first().waitFor();
      }
    });
  });

  describe('thousands of results', () => {
    it('scroll on and on, with few of them drawn, no gap in the window and no jump', async () => {
      await answerSearches(page, archive);
      await openSearch('q=rain');
      await page.getByText('3,000 results of 4,200 assets').waitFor();
      const seen = await page.evaluate(async () => {
        const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
        const across = window.innerWidth * 0.6;
        const at = (down: number) => document.elementFromPoint(across, down);
        const step = 240;
        /** Rows stand 14 pixels apart. */
        const isCovered = (down: number) => [0, 20].some((more) => at(down + more)?.closest('.result-row'));
        const found = { most: 0, gaps: 0, jumps: [] as number[], milliseconds: [] as number[] };
        window.scrollBy(0, window.innerHeight);
        await frame();
        for (let turn = 0; turn < 150; turn += 1) {
          const card = at(window.innerHeight / 2)?.closest('article');
          const before = card?.getBoundingClientRect().top;
          const began = performance.now();
          window.scrollBy(0, step);
          await frame();
          await frame();
          found.milliseconds.push((performance.now() - began) / 2);
          if (card?.isConnected && before !== undefined)
            found.jumps.push(Math.abs(before - card.getBoundingClientRect().top - step));
          found.most = Math.max(found.most, document.querySelectorAll('article').length);
          if (![0.2, 0.5, 0.9].every((share) => isCovered(window.innerHeight * share))) found.gaps += 1;
        }
        return { ...found, scrolled: window.scrollY };
      });
      seen.milliseconds.sort((a, b) => a - b);
      const at = (share: number) =>
        (seen.milliseconds[Math.floor(share * (seen.milliseconds.length - 1))] ?? 0).toFixed(1);
      console.log(`a frame while scrolling on a ${name}: median ${at(0.5)} ms, p95 ${at(0.95)} ms`);
      expect(seen.scrolled).toBeGreaterThan(20_000);
      expect(seen.most).toBeLessThan(100);
      expect(seen.gaps).toBe(0);
      expect(seen.jumps.length).toBeGreaterThan(100);
      expect(Math.max(...seen.jumps)).toBeLessThan(2);
    });

    it('are walked by j and k, opened by Enter and found again where they were left', async () => {
      await answerSearches(page, archive);
      await openSearch('q=rain&type=photo');
      for (let hit = 0; hit < 15; hit += 1) {
        await page.keyboard.press('j');
        await page.waitForFunction(
          (place) => document.activeElement?.getAttribute('data-place') === String(place),
          hit,
        );
      }
      await page.keyboard.press('k');
      await page.waitForFunction(() => document.activeElement?.getAttribute('data-place') === '13');
      const left = await focusedTitle();
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/assets\//);
      // The made-up archive has no such asset, which the page says.
      await page.getByRole('alert').waitFor();
      await page.keyboard.press('Escape');
      await page.waitForURL(/\/\?q=rain&type=photo/);
      await page.waitForFunction(() => document.activeElement?.getAttribute('data-place') === '13');
      expect(await focusedTitle()).toBe(left);
    });
  });

  describe('facets', () => {
    it('count the hits of each type, desk and name, and say nought where there are none', async () => {
      await answerSearches(page, archive);
      await openSearch('q=rain');
      await showFilters();
      for (const label of ['Photos (1,200)', 'Video (300)', 'Stories (400)', 'world (3,000)', 'sport (0)'])
        await page.getByLabel(label, { exact: true }).waitFor();
      await button('Filter by place Hamburg, in 812').waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      await hideFilters();
    });

    it('filter by keyboard, and each filter is taken away where it stands above the results', async () => {
      await answerSearches(page, archive);
      await openSearch('q=rain');
      await showFilters();
      await page.getByLabel(/^Photos/).focus();
      await page.keyboard.press('Space');
      await page.waitForURL(/type=photo/);
      await page
        .getByRole('region', { name: 'Names in these results' })
        .getByRole('button', { name: /Filter by place Hamburg/ })
        .press('Enter');
      await page.waitForURL(/entity=LOC%3Ahamburg/);
      await hideFilters();
      if (isNarrow) await button('Filters (2 on)').waitFor();
      await button('Take the filter Hamburg away').press('Enter');
      await page.waitForURL((url) => !url.search.includes('entity'));
      await button('Take the filter Photos away').press('Enter');
      await page.waitForURL((url) => !url.search.includes('type'));
    });
  });

  describe('the reading of a query', () => {
    it('stands below the box, is taken back by keyboard and given back', async () => {
      await answerSearches(page, archive);
      await openSearch('q=photo+of+hamborg+in+march+2024');
      await page.getByText('1 to 31 March 2024').waitFor();
      await button('Take “hamborg” as plain words').press('Enter');
      await page.waitForURL(/ignore=spelling%3Ahamborg/);
      await button('Read the words again').click();
      await page.waitForURL((url) => !url.search.includes('ignore'));
    });

    it('comes back to the box by a slash', async () => {
      await answerSearches(page, archive);
      await openSearch('q=rain');
      await page.keyboard.press('j');
      await page.keyboard.press('/');
      expect(await page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('search');
    });
  });

  describe('an answer', () => {
    it('keeps less sure hits and near misses below a line each', async () => {
      await answerSearches(page, { ...archive, total: 4, sureTotal: 2, nearMisses: 2 });
      await openSearch('q=rain');
      const headings = page.getByRole('heading', { level: 2 });
      await page.getByRole('heading', { name: 'Near misses' }).waitFor();
      const order = (await headings.allTextContents()).map((text) =>
        /^(Less sure|Near misses)$/.test(text) ? text : '·',
      );
      expect(order).toEqual(['·', '·', 'Less sure', '·', '·', 'Near misses', '·', '·']);
    });

    it.each(schemes)('says what it went without, and how fresh it is, %s', async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      const reason = 'Not read again by the reranker: it did not answer within 1.5 s.';
      await answerSearches(page, { ...archive, total: 3, degraded: [{ part: 'rerank', reason }] });
      await openSearch('q=rain');
      await page.getByText('Answered without rerank').waitFor();
      await page.getByText(reason).waitFor();
      await page.getByText(/shows within about 1 min\. Newest here: arrived 1 Jan 2026/).waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
    });

    it('says that nothing was found, and offers a way on', async () => {
      await answerSearches(page, { ...archive, total: 0, nearMisses: 2 });
      await openSearch('q=rain&type=video&desk=sport');
      await page.getByText('Nothing found for').waitFor();
      await page.getByText('what comes nearest is below').waitFor();
      await button('Search without the 2 filters').click();
      await page.waitForURL((url) => url.search === '?q=rain');
    });

    it('that does not come is said, and can be asked for again', async () => {
      await page.route(
        (url) => /\/search$/.test(url.pathname),
        (route) =>
          route.fulfill({
            status: 400,
            json: { error: 'InvalidRequest', message: 'The first day lies after the last.' },
            headers: { 'access-control-allow-origin': '*' },
          }),
      );
      await page.goto(`${addresses.page}/?q=rain`);
      await page.getByRole('alert').getByText('The first day lies after the last.').waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      await answerSearches(page, archive);
      await button('Try again').click();
      await page.getByRole('article').first().waitFor();
    });
  });

  describe('a search that is kept', () => {
    it('is found under its name and leads to the same address', async () => {
      await answerSearches(page, archive);
      await openSearch('q=rain&type=photo');
      await button('Saved searches').click();
      await page.getByLabel('Name of this search').fill('Rain pictures');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      expect(await accessibilityFaults(page)).toEqual([]);
      await openSearch('q=other');
      await button('Saved searches').click();
      await page.getByRole('link', { name: 'Rain pictures' }).click();
      await page.waitForURL(/q=rain&type=photo/);
      await page.getByRole('link', { name: 'Rain pictures' }).waitFor({ state: 'detached' });
      await button('Saved searches').click();
      await button('Forget Rain pictures').click();
      await page.keyboard.press('Escape');
    });
  });

  describe('words of other scripts', () => {
    it.each([
      ['Arabic', 'قوارب الصيد', 'قوارب الصيد تغادر ميناء لشبونة', 'ميناء', 'rtl'],
      ['Hebrew', 'סירות דיג', 'סירות דיג יוצאות מהנמל עם שחר', 'מהנמל', 'rtl'],
      ['Chinese', '渔船', '渔船在黎明时分离开里斯本港口', '里斯本', 'ltr'],
      ['Japanese', '漁船', '漁船がリスボンの港を出る', 'リスボン', 'ltr'],
    ])('run their own way and are marked: %s', async (_, title, text, query, direction) => {
      // As the index has it: a word a character where no spaces part them.
      const found = direction === 'rtl' ? [query] : [...query];
      await answerSearches(page, { ...archive, total: 9, words: { title, text, found } });
      await openSearch(`q=${encodeURIComponent(query)}`);
      const directionOf = (selector: string) =>
        page
          .locator(selector)
          .first()
          .evaluate((element) => getComputedStyle(element).direction);
      expect(await directionOf('article h2')).toBe(direction);
      expect(await directionOf('input[type=search]')).toBe(direction);
      expect(await page.locator('.hit mark').first().textContent()).toBe(query);
      await page.getByText(`for “${query}”`).waitFor();
      expect(await overflowPixels(page)).toBeLessThanOrEqual(0);
    });
  });

  describe('bad input', () => {
    it('of 10,000 characters is cut where the archive cuts it, and the page says so', async () => {
      await answerSearches(page, archive);
      await openSearch('');
      await page.getByRole('searchbox').fill('night ferry '.repeat(834).trim());
      await page.getByText('Of these 10,007 characters the first 512 are searched for.').waitFor();
      await page.keyboard.press('Enter');
      await page.waitForURL((url) => url.searchParams.get('q')?.length === 512);
      await page.getByRole('article').first().waitFor();
      expect(await overflowPixels(page)).toBeLessThanOrEqual(0);
    });

    it('in HTML stays text', async () => {
      const html = '<img src=x onerror=alert(1)><b>rain</b>';
      await answerSearches(page, { ...archive, total: 3, words: { title: html, text: html, found: ['rain'] } });
      await openSearch(`q=${encodeURIComponent(html)}`);
      expect(await page.getByRole('article').first().getByRole('heading').textContent()).toBe(html);
      expect(await page.locator('article b, article img[src=x]').count()).toBe(0);
    });
  });
});

describe('an address that somebody made up', () => {
  it('is answered by the archive itself all the same, with what of it makes sense', async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    const many = Array.from({ length: 2000 }, (_, at) => `d${at}`).join(',');
    for (const query of [
      'type=podcast,photo&size=99999&page=-1&cursor=forged&off=embargo',
      `from=2024-02-31&entity=lisbon&desk=../sport`,
      'q=&similar=',
      `ignore=${many}`,
    ])
      await openSearch(query);
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});

describe('light and dark', () => {
  it('follow the computer until somebody chooses, and then the choice', async () => {
    await openSearch('');
    const scheme = () => page.evaluate(() => document.documentElement.getAttribute('data-mantine-color-scheme'));
    expect(await scheme()).toBe('light');
    await button('Show the page dark').click();
    expect(await scheme()).toBe('dark');
    await page.reload();
    await page.getByRole('article').first().waitFor();
    expect(await scheme()).toBe('dark');
    await button('Show the page light').click();
    await page.evaluate(() => localStorage.removeItem('mantine-color-scheme-value'));
  });
});
