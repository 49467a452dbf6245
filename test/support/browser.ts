import chromium from '@sparticuz/chromium';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { demoEditor } from '../../local/supervisor/demo-editor.ts';

/** The package is made for Lambda, where all of Chromium shares one process and dies with the first context that closes. */
const unwanted = ['--single-process', '--no-zygote'];

/** A headless Chromium from a package: nothing is installed on the system, nothing outside loopback is called. */
export async function openBrowser(): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: [
      ...chromium.args.filter((argument) => !unwanted.includes(argument)),
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
    ],
    headless: true,
  });
}

export async function signedInPage(browser: Browser, address: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(address);
  await page.getByLabel('E-mail').fill(demoEditor.username);
  await page.locator('input[type=password]').fill(demoEditor.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('searchbox').waitFor();
  return page;
}
