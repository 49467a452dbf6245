import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reconcilePhases } from '../../../lambdas/contracts/reconciliation.ts';
import { beginWalk, type Finding, leftOf, type Phases, walk } from '../../../lambdas/operate/reconcile/walk.ts';

const now = () => new Date('2026-11-24T12:00:00Z');
const orphan = (about: string, repair?: () => Promise<void>): Finding => ({
  kind: 'document without owner',
  about,
  ...(repair === undefined ? {} : { repair }),
});

/** Each phase has so many pages, each with one finding that a repair takes away. */
function archive(pages: number) {
  const broken = new Set<string>();
  for (const phase of reconcilePhases) for (let page = 0; page < pages; page++) broken.add(`${phase} ${page}`);
  const phase = (name: string) => async (cursor: string | undefined) => {
    const page = Number(cursor ?? 0);
    const about = `${name} ${page}`;
    return {
      seen: { rows: 1 },
      findings: broken.has(about) ? [orphan(about, async () => void broken.delete(about))] : [],
      ...(page + 1 < pages ? { cursor: String(page + 1) } : {}),
    };
  };
  const phases = Object.fromEntries(reconcilePhases.map((name) => [name, phase(name)])) as unknown as Phases;
  return { phases, broken };
}

describe('a walk over bucket, ledger and index', () => {
  it('finds and mends the same in one run as in any number of runs', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: 0, max: 4 })),
        async (pages, runs) => {
          const { phases, broken } = archive(pages);
          let walked = beginWalk(now(), false);
          for (const pagesInRun of [...runs, Number.POSITIVE_INFINITY]) {
            let left = pagesInRun;
            walked = await walk(JSON.parse(JSON.stringify(walked)), phases, { now, hasTime: () => left-- > 0 });
          }
          expect(walked.endedAt).toBeDefined();
          expect(walked.seen.rows).toBe(pages * reconcilePhases.length);
          expect(walked.found).toEqual({ 'document without owner': pages * reconcilePhases.length });
          expect(leftOf(walked)).toBe(0);
          expect(broken.size).toBe(0);
        },
      ),
    );
  });

  it('changes nothing on a dry run', async () => {
    const { phases, broken } = archive(2);
    const walked = await walk(beginWalk(now(), true), phases, { now, hasTime: () => true });
    expect(walked.repaired).toEqual({});
    expect(broken.size).toBe(2 * reconcilePhases.length);
  });

  it('goes on where a repair fails, and says why', async () => {
    const failing = async () => {
      throw new Error('the index is away');
    };
    const empty = async () => ({ seen: {}, findings: [] });
    const phases: Phases = {
      ledger: async () => ({
        seen: {},
        findings: [orphan('a', failing), orphan('b', async () => {}), { kind: 'asset without original', about: 'c' }],
      }),
      originals: empty,
      derived: empty,
      index: empty,
    };
    const walked = await walk(beginWalk(now(), false), phases, { now, hasTime: () => true });
    expect(leftOf(walked)).toBe(2);
    expect(walked.examples).toContainEqual({
      kind: 'document without owner',
      about: 'a',
      isRepaired: false,
      problem: 'the index is away',
    });
  });
});
