import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anchorOf, newGroupId, planGroup } from '../../../../lambdas/clients/near-duplicates/group-plan.ts';
import { type Membership, representativeOf } from '../../../../lambdas/contracts/near-duplicates.ts';

const nobody = () => false;
const assetIdOf = (name: string) => name.padStart(64, '0');
const member = (name: string, rest: Partial<Membership> = {}): Membership => ({
  assetId: assetIdOf(name),
  kind: 'photo',
  arrivedAt: '2026-05-01T12:00:00.000Z',
  bytes: 100,
  version: 1,
  ...rest,
});

describe('the plan of a group', () => {
  it('is to stay where there is no neighbour', () => {
    expect(planGroup(member('a'), [], nobody)).toEqual({ action: 'stay' });
  });

  it('is to join the group of the most alike', () => {
    const plan = planGroup(member('a'), [member('b', { groupId: 'one' }), member('c', { groupId: 'other' })], nobody);
    expect(plan).toEqual({ action: 'join', groupId: 'one' });
  });

  it('is to begin a group that both sides of a pair name alike: after the one that came first', () => {
    const [first, second] = [member('b'), member('a', { arrivedAt: '2026-05-01T12:00:01.000Z' })];
    const groupId = newGroupId(first);
    expect(planGroup(first, [second], nobody)).toEqual({ action: 'begin', with: second, groupId });
    expect(planGroup(second, [first], nobody)).toEqual({ action: 'begin', with: first, groupId });
    expect(anchorOf(groupId)).toBe(first.assetId);
  });

  it('names the same asset for two that came at once', () => {
    const [a, b] = [member('a'), member('b')];
    expect(planGroup(a, [b], nobody)).toMatchObject({ groupId: newGroupId(a) });
    expect(planGroup(b, [a], nobody)).toMatchObject({ groupId: newGroupId(a) });
  });

  it('is to merge two groups of the same content, in one direction whoever plans it', () => {
    const merge = { action: 'merge', from: 'two', into: 'one' };
    expect(planGroup(member('a', { groupId: 'one' }), [member('b', { groupId: 'two' })], nobody)).toEqual(merge);
    expect(planGroup(member('b', { groupId: 'two' }), [member('a', { groupId: 'one' })], nobody)).toEqual(merge);
  });

  it('never moves what an editor set apart', () => {
    const apart = member('a', { decidedBy: 'maria' });
    expect(planGroup(apart, [member('b', { groupId: 'one' })], nobody)).toEqual({ action: 'stay' });
  });

  it.each(['one', 'two'])('never merges where group %s holds an editor’s decision', (decided) => {
    const plan = planGroup(
      member('a', { groupId: 'one' }),
      [member('b', { groupId: 'two' })],
      (groupId) => groupId === decided,
    );
    expect(plan).toEqual({ action: 'stay' });
  });

  it('passes over a decided group and merges with another one', () => {
    const plan = planGroup(
      member('a', { groupId: 'one' }),
      [member('b', { groupId: 'two' }), member('c', { groupId: 'three' })],
      (groupId) => groupId === 'two',
    );
    expect(plan).toEqual({ action: 'merge', from: 'three', into: 'one' });
  });

  it('stays with its own group, and leaves those alone that stand alone', () => {
    const own = member('a', { groupId: 'one' });
    expect(planGroup(own, [member('b', { groupId: 'one' }), member('c')], nobody)).toEqual({ action: 'stay' });
  });

  it('passes over what stands alone, and merges with the next that does not', () => {
    const plan = planGroup(member('a', { groupId: 'one' }), [member('c'), member('b', { groupId: 'two' })], nobody);
    expect(plan).toEqual({ action: 'merge', from: 'two', into: 'one' });
  });

  it('brings any number of alike assets into one group, in whatever order each takes its steps', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 7 }),
        fc.array(fc.nat(), { minLength: 400, maxLength: 400 }),
        (count, turns) => {
          const members = new Map(
            Array.from({ length: count }, (_, at) => member(String(at))).map((each) => [each.assetId, each]),
          );
          const ids = [...members.keys()];
          const move = (seen: Membership, groupId: string) => {
            const now = members.get(seen.assetId) as Membership;
            if (now.version === seen.version) members.set(seen.assetId, { ...now, groupId, version: now.version + 1 });
          };
          // Each asset's worker holds a plan that it made earlier, over what it read then.
          const plans = new Map<string, () => void>();
          for (const turn of turns) {
            const id = ids[turn % count] as string;
            const held = plans.get(id);
            if (held !== undefined) {
              plans.delete(id);
              held();
              continue;
            }
            const own = members.get(id) as Membership;
            const others = ids.filter((other) => other !== id).map((other) => members.get(other) as Membership);
            const plan = planGroup(own, others, nobody);
            plans.set(id, () => {
              if (plan.action === 'join') move(own, plan.groupId);
              if (plan.action === 'begin') move(plan.with, plan.groupId);
              if (plan.action === 'merge')
                for (const each of [...members.values()]) if (each.groupId === plan.from) move(each, plan.into);
            });
          }
          const groups = new Set([...members.values()].map(({ groupId }) => groupId));
          expect(groups.size).toBe(1);
          expect(groups.has(undefined)).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the asset that stands for a group', () => {
  it('is the largest file, of equal ones the first that came, of those the first by id', () => {
    const early = { arrivedAt: '2026-05-01T11:00:00.000Z' };
    expect(representativeOf([member('a'), member('b', { bytes: 200 })]).assetId).toBe(assetIdOf('b'));
    expect(representativeOf([member('b', { bytes: 200 }), member('a')]).assetId).toBe(assetIdOf('b'));
    expect(representativeOf([member('a'), member('b', early)]).assetId).toBe(assetIdOf('b'));
    expect(representativeOf([member('b', early), member('a')]).assetId).toBe(assetIdOf('b'));
    expect(representativeOf([member('b'), member('a')]).assetId).toBe(assetIdOf('a'));
  });
});
