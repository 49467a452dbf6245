import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openBrowser, signedInPage } from '../support/browser.ts';
import { accessibilityFaults, overflowPixels } from './support/checks.ts';
import { schemes, widths } from './support/widths.ts';

const { addresses } = inject('system');
let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await openBrowser();
  page = await signedInPage(browser, addresses.page);
});
afterAll(() => browser?.close());

describe.each(widths)('on a $name', ({ width, height }) => {
  describe.each(schemes)('%s', (colorScheme) => {
    it.each([
      ['uploads', () => page.getByRole('row').nth(1)],
      ['status', () => page.getByRole('row').nth(1)],
      ['no such page', () => page.getByText('There is no such page')],
    ])('%s fits and is clean under axe', async (name, there) => {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await page.goto(`${addresses.page}/${name.replaceAll(' ', '-')}`);
      await there().waitFor();
      expect(await overflowPixels(page)).toBeLessThanOrEqual(0);
      expect(await accessibilityFaults(page)).toEqual([]);
    });

    it('signing in fits and is clean under axe', async () => {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme });
      const stranger = await context.newPage();
      await stranger.goto(addresses.page);
      await stranger.getByRole('button', { name: 'Sign in', exact: true }).click({ trial: true });
      expect(await overflowPixels(stranger)).toBeLessThanOrEqual(0);
      expect(await accessibilityFaults(stranger)).toEqual([]);
      await context.close();
    });
  });
});
