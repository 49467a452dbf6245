import { afterAll, beforeAll, expect, it } from 'vitest';
import { effectOf, type Fault, FaultPlan } from '../../local/faults/plan.ts';
import type { Observed } from '../../local/faults/proxy.ts';
import { DeployedAdmission } from './deployed-admission.ts';

const contents = 30;
const copies = 6;
const leastFaults = 60;
const observed: Observed[] = [];
let admission: DeployedAdmission;
beforeAll(async () => {
  admission = await DeployedAdmission.start((one) => observed.push(one));
}, 180_000);
afterAll(() => admission?.stop());

it('admits each file once, whatever befalls its calls and however often its event comes', async () => {
  // One kill a file: two and a redelivery that was only slow would look like poison.
  const plan = new FaultPlan({ seed: 11, rate: 0.25, isKilling: true, setbacks: () => 1 });
  const uploads = await Promise.all(
    Array.from({ length: contents + copies }, (_, at) => admission.put(`story ${at}.txt`, `case ${at % contents}`)),
  );
  admission.proxy.plan = plan;
  for (const upload of uploads) await admission.deliver(upload);
  for (const upload of [...uploads].reverse().filter((_, at) => at % 2 === 0)) await admission.deliver(upload);
  await expect.poll(() => admission.depth(), { timeout: 200_000, interval: 500 }).toBe(0);

  const recorded = await Promise.all(uploads.map(({ id }) => admission.ledger.getUpload(id)));
  expect(recorded.map((upload) => upload?.outcome).filter((outcome) => outcome === 'admitted')).toHaveLength(contents);
  expect(recorded.map((upload) => upload?.outcome).filter((outcome) => outcome === 'duplicate')).toHaveLength(copies);
  const assetIds = [...new Set(recorded.map((upload) => upload?.assetId ?? 'none'))].sort();
  expect(await admission.started()).toEqual(assetIds.map((assetId) => `${assetId}-1`));
  expect(await admission.deadLetters()).toBe(0);

  const faults = observed.flatMap(({ fault }): Fault['kind'][] => (fault === undefined ? [] : [fault.kind]));
  expect(faults.length).toBeGreaterThan(leastFaults);
  const times = new Map<string, number>();
  for (const { call } of observed)
    if (call.isSideEffect && call.subject) times.set(effectOf(call), (times.get(effectOf(call)) ?? 0) + 1);
  // A worker writes a desk down once in its life: how often that happens is not the plan's to say.
  const unmet = [...times].filter(([effect, count]) => count >= contents && plan.coverage.get(effect)?.size !== 2);
  expect(unmet).toEqual([]);
}, 260_000);
