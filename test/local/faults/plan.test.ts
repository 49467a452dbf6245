import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectOf, FaultPlan, type PlanOptions, type WorkerCall } from '../../../local/faults/plan.ts';

const options: PlanOptions = { seed: 7, rate: 0.4, isKilling: true, setbacks: () => 2 };
const call = (changes: Partial<WorkerCall> = {}): WorkerCall => ({
  functionName: 'describe',
  service: 'dynamodb',
  operation: 'UpdateItem ASSET started',
  isSideEffect: true,
  subject: 'a'.repeat(64),
  ...changes,
});
const calls = fc.array(
  fc.record({
    functionName: fc.constantFrom('admit', 'describe', 'index'),
    service: fc.constantFrom('dynamodb' as const, 's3' as const, 'search' as const, 'sagemaker' as const),
    operation: fc.constantFrom('Put', 'Get', 'Update'),
    isSideEffect: fc.boolean(),
    subject: fc.constantFrom('one', 'two', 'three'),
  }),
  { maxLength: 300 },
);

describe('a plan of faults', () => {
  it('says the same of the same call, whatever runs in between', () => {
    fc.assert(
      fc.property(calls, fc.integer(), (made, seed) => {
        const plain = { ...options, seed, rate: 0.5, isKilling: false };
        const own = made.filter(({ subject }) => subject === 'one');
        const alone = new FaultPlan(plain);
        const among = new FaultPlan(plain);
        const wanted = own.map((one) => alone.next(one));
        const found = made.map((one) => ({ one, fault: among.next(one) }));
        expect(found.filter(({ one }) => one.subject === 'one').map(({ fault }) => fault)).toEqual(wanted);
      }),
    );
  });

  it('never crashes one piece of work so often that it would be set aside', () => {
    fc.assert(
      fc.property(calls, fc.integer(), (made, seed) => {
        const plan = new FaultPlan({ ...options, seed });
        const kills = new Map<string, number>();
        for (const one of made)
          if (plan.next(one)?.kind.startsWith('kill')) {
            const piece = `${one.functionName} ${one.subject}`;
            kills.set(piece, (kills.get(piece) ?? 0) + 1);
          }
        expect(Math.max(0, ...kills.values())).toBeLessThan(3);
      }),
    );
  });

  it('kills before and after every side effect that it meets often enough, and never where nobody is named', () => {
    const plan = new FaultPlan(options);
    expect(plan.next(call({ subject: undefined }))?.kind).not.toMatch(/^kill/);
    for (let at = 0; at < 3; at += 1) plan.next(call({ subject: `asset ${at}` }));
    expect([...(plan.coverage.get(effectOf(call())) ?? [])]).toEqual(['kill before', 'kill after']);
  });

  it('keeps for kills what it is told to keep', () => {
    const plan = new FaultPlan({ ...options, rate: 1, keptForKills: 1 });
    const search = (operation: string, isSideEffect: boolean) =>
      plan.next(call({ service: 'search', operation, isSideEffect }))?.kind ?? 'nothing';
    const refusals = Array.from({ length: 50 }, () => search('GET _search', false)).filter((kind) =>
      /throttle|fail|drop/.test(kind),
    );
    expect(refusals).toHaveLength(1);
    expect(search('POST _doc', true)).toBe('kill before');
  });

  it('meets each service as often as its own share says', () => {
    const plan = new FaultPlan({ ...options, isKilling: false, rate: (service) => (service === 's3' ? 1 : 0) });
    expect(Array.from({ length: 20 }, () => plan.next(call())).filter((fault) => fault !== undefined)).toEqual([]);
    expect(plan.next(call({ service: 's3', operation: 'PUT original' }))).toBeDefined();
  });

  it('sends the index no more than two refusals for one piece of work, for its client asks once', () => {
    const plan = new FaultPlan({ ...options, rate: 1, isKilling: false });
    const search = call({ service: 'search', operation: 'POST _bulk' });
    const faults = Array.from({ length: 50 }, () => plan.next(search)).filter((fault) => fault?.kind !== 'delay');
    expect(faults.filter((fault) => fault !== undefined)).toHaveLength(2);
  });
});
