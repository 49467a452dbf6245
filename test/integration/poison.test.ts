import { afterAll, beforeAll, expect, it } from 'vitest';
import type { UploadRecord } from '../../lambdas/contracts/ledger.ts';
import { DeployedAdmission } from './deployed-admission.ts';

let admission: DeployedAdmission;
beforeAll(async () => {
  admission = await DeployedAdmission.start();
}, 180_000);
afterAll(() => admission?.stop());

const soon = { timeout: 90_000, interval: 300 };

it('sets a file aside whose worker dies three times, and holds up none of those that came with it', async () => {
  const outcomeOf = async (id: string): Promise<UploadRecord['outcome'] | undefined> =>
    (await admission.ledger.getUpload(id))?.outcome;
  const uploads = await Promise.all(Array.from({ length: 5 }, (_, at) => admission.put(`story ${at}.txt`)));
  const [first, bad, ...others] = uploads;
  if (first === undefined || bad === undefined) throw new Error('nothing was put');
  let kills = 0;
  admission.proxy.plan = {
    next: ({ service, subject }) => {
      if (service !== 's3' || subject !== bad.id) return undefined;
      kills += 1;
      return { kind: 'kill before' };
    },
  };
  for (const upload of uploads) await admission.deliver(upload);
  for (const { id } of [first, ...others]) await expect.poll(() => outcomeOf(id), soon).toBe('admitted');
  await expect.poll(() => outcomeOf(bad.id), soon).toBe('failed');
  expect(kills).toBe(3);
  expect((await admission.ledger.getUpload(bad.id))?.reason).toMatch(/crashed its worker 3 times/);
  await expect.poll(() => admission.deadLetters(), soon).toBe(1);

  admission.proxy.plan = undefined;
  await admission.deliver(bad);
  await expect.poll(() => outcomeOf(bad.id), soon).toBe('admitted');
}, 240_000);
