import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { demoEditor } from '../../local/supervisor/demo-editor.ts';
import { emulatorEnvironment, instanceOf } from '../../local/supervisor/instance.ts';
import { places } from '../../setup/places.ts';
import { openBrowser, signedInPage } from '../support/browser.ts';
import { accessibilityFaults } from './support/checks.ts';

const { addresses } = inject('system');
const pictures = path.join(places.workshop, 'screenshots');
let browser: Browser;
let page: Page;
const faults: string[] = [];

const picture = (name: string): Promise<Buffer> =>
  page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage: false });

async function search(words: string): Promise<void> {
  await page.goto(`${addresses.page}/`);
  await page.getByRole('searchbox').fill(words);
  await page.keyboard.press('Enter');
  await page.getByText(`for “${words}”`).waitFor();
}

beforeAll(async () => {
  Object.assign(process.env, emulatorEnvironment(instanceOf('test', 5500)));
  mkdirSync(pictures, { recursive: true });
  browser = await openBrowser();
  page = await signedInPage(browser, addresses.page);
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Refused to/.test(message.text()))
      faults.push(message.text());
  });
});
afterAll(() => browser?.close());

describe('signing in', () => {
  it('tells somebody with a wrong password so, and is clean under axe', async () => {
    const context = await browser.newContext();
    const stranger = await context.newPage();
    await stranger.goto(addresses.page);
    await stranger.getByLabel('E-mail').fill(demoEditor.username);
    await stranger.locator('input[type=password]').fill('not-the-password-1');
    await stranger.getByRole('button', { name: 'Sign in', exact: true }).click();
    await stranger.getByText('do not go together').waitFor();
    expect(await accessibilityFaults(stranger)).toEqual([]);
    await context.close();
  });
});

describe('searching', () => {
  it('starts with the newest assets, clean under axe', async () => {
    await page.goto(`${addresses.page}/`);
    await page.getByRole('article').first().waitFor();
    await picture('newest');
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it('keeps the query and the filters in the address', async () => {
    await search('bridge');
    await page.getByLabel(/^Photos/).check();
    await page.waitForURL(/type=photo/);
    expect(page.url()).toContain('q=bridge');
    await page.reload();
    await page.getByText('for “bridge”').waitFor();
    expect(await page.getByRole('searchbox').inputValue()).toBe('bridge');
    expect(await page.getByLabel(/^Photos/).isChecked()).toBe(true);
  });

  it('filters by a name when its chip is pressed', async () => {
    await page.goto(`${addresses.page}/`);
    const chip = page.getByRole('button', { name: /^Filter by/ }).first();
    await chip.click();
    await page.waitForURL(/entity=/);
    await page
      .getByRole('button', { name: /^Stop filtering by/ })
      .first()
      .waitFor();
    expect(await page.getByRole('article').count()).toBeGreaterThan(0);
  });

  it('works by keyboard alone: type, Enter, tab to the first hit, Enter', async () => {
    await page.goto(`${addresses.page}/`);
    await page.getByRole('searchbox').focus();
    await page.keyboard.type('harbour');
    await page.keyboard.press('Enter');
    await page.getByText('for “harbour”').waitFor();
    const title = page.getByRole('article').first().getByRole('heading').getByRole('link');
    await title.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/assets\//);
    await page.getByText(/^Back to/).waitFor();
  });

  it('says that nothing was found when nothing was', async () => {
    await search('xqzzv brrmpf');
    await page.getByText('Nothing found').waitFor();
  });
});

describe('a video', () => {
  it('shows its shots and its player jumps to the one that is pressed', async () => {
    await page.goto(`${addresses.page}/?type=video`);
    await page.getByRole('article').first().getByRole('heading').getByRole('link').click();
    const shots = page.getByRole('list', { name: 'Shots' }).getByRole('button');
    await shots.first().waitFor();
    const count = await shots.count();
    expect(count).toBeGreaterThan(0);
    await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 1);
    const last = shots.nth(count - 1);
    await last.click();
    const label = (await last.getAttribute('aria-label')) ?? '';
    const [, hours = '0', minutes = '0', seconds = '0'] = /at (\d\d):(\d\d):(\d\d)/.exec(label) ?? [];
    const start = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    const position = await page.evaluate(() => document.querySelector('video')?.currentTime ?? -1);
    expect(position).toBeGreaterThanOrEqual(start);
    expect(position).toBeLessThan(start + 3);
    await page.evaluate(() => document.querySelector('video')?.pause());
    await picture('video');
    expect(await accessibilityFaults(page)).toEqual([]);
  });
});

describe('uploading', () => {
  it('takes a story to searchable and shows each step; a refused file says why', async () => {
    await page.goto(`${addresses.page}/uploads`);
    // Without a desk there is nowhere to upload to; the page learns of the desks a moment after it opens.
    await page.getByRole('button', { name: 'Choose files' }).click({ trial: true });
    await page.getByLabel('Files to upload').setInputFiles([
      {
        name: 'ferry.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from(
          `Night ferry\n\nThe night ferry from Ostrava quay left on time, said its captain. ${Date.now()}`,
        ),
      },
      { name: 'picture.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('this is no picture\u0000\u0001') },
    ]);
    const row = (name: string) => page.getByRole('row').filter({ hasText: name });
    await row('ferry.txt').first().getByText('Searchable').waitFor({ timeout: 60_000 });
    await row('picture.jpg')
      .first()
      .getByText(/^Refused/)
      .waitFor({ timeout: 60_000 });
    await picture('uploads');
    expect(await accessibilityFaults(page)).toEqual([]);
  });
});

describe('the status page', () => {
  it('names the models and what they stand in for', async () => {
    await page.goto(`${addresses.page}/status`);
    await page.getByRole('row').nth(1).waitFor();
    expect(await page.getByRole('row').count()).toBe(5);
    expect(await accessibilityFaults(page)).toEqual([]);
  });
});

describe('the page as a whole', () => {
  it('broke no content security policy and threw nothing', () => {
    expect(faults).toEqual([]);
  });
});
