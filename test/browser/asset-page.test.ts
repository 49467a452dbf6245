import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openBrowser, signedInPage } from '../support/browser.ts';
import { accessibilityFaults } from './support/checks.ts';

const { addresses } = inject('system');
let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await openBrowser();
  page = await signedInPage(browser, addresses.page);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
});
afterAll(() => browser?.close());

const openSearch = async (query: string): Promise<void> => {
  await page.goto(`${addresses.page}/?${query}`);
  await page.getByRole('article').first().waitFor();
};

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
    await page.getByRole('region', { name: 'What is compared with' }).getByRole('link').first().waitFor();
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
    expect(await accessibilityFaults(page)).toEqual([]);
  });
});
