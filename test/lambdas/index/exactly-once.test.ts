import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WirescopeDocument } from '../../../lambdas/contracts/documents.ts';
import { indexAsset } from '../../../lambdas/index/index-asset.ts';
import { withdrawAsset } from '../../../lambdas/index/story-versions.ts';
import { suspicionMilliseconds, sweepSuspects, sweepWholeIndex } from '../../../lambdas/index/sweep-doubles.ts';
import { newestCopies } from '../../../lambdas/search/retrieve.ts';
import { sampleDocument } from '../../integration/search/sample-documents.ts';
import { assetIdOf, CrashError, SimulatedArchive } from './simulated-archive.ts';

const hour = 3_600_000;
const minute = 60_000;

function passages(assetId: string, texts: readonly string[], story?: { uri: string; version: string }) {
  return texts.map(
    (text, ordinal): WirescopeDocument => ({
      ...sampleDocument('A story', text, { assetId, kind: 'passage', assetKind: 'story', ordinal }),
      documentId: `${assetId}.passage.${ordinal}`,
      ...(story === undefined ? {} : { story }),
    }),
  );
}

function input(archive: SimulatedArchive, assetId: string, documents: WirescopeDocument[]) {
  const attempt = archive.assets.get(assetId)?.attempt ?? 1;
  const documentsKey = `${assetId}/${attempt}`;
  archive.files.set(
    documentsKey,
    documents.map((document) => ({ ...document, attempt })),
  );
  const original = { bucket: 'originals', key: 'incoming/news/a.jpg' };
  return { assetId, attempt, kind: 'story' as const, desk: 'news', original, documentsKey };
}

/** Runs until it succeeds, as the workflow's retries do; every run but the last crashes where it is told to. */
async function runThroughCrashes(
  archive: SimulatedArchive,
  request: ReturnType<typeof input>,
  crashPoints: readonly number[],
  pauseMilliseconds: number,
): Promise<number> {
  let crashes = 0;
  for (const point of [...crashPoints, undefined]) {
    archive.crashNextAt(point);
    try {
      await indexAsset(archive.clients, request);
    } catch (error) {
      if (!(error instanceof CrashError)) throw error;
      crashes += 1;
    }
    archive.nowMilliseconds += pauseMilliseconds;
  }
  archive.crashNextAt(undefined);
  return crashes;
}

const timeOf = (archive: SimulatedArchive) => ({
  now: () => new Date(archive.nowMilliseconds),
  hasTime: () => true,
});
const sweep = (archive: SimulatedArchive) => sweepWholeIndex(archive.clients, { ...timeOf(archive), startAfter: '7' });
const sweepWhatIsSuspected = (archive: SimulatedArchive) =>
  sweepSuspects(archive.clients, { ...timeOf(archive), startAt: 0 });

const expected = (assetId: string, texts: readonly string[]) =>
  texts.map((text, ordinal) => `${assetId}.passage.${ordinal}: ${text}`).sort();

const crashPoints = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 4 });
const pauses = fc.integer({ min: 0, max: 120_000 });
const assetId = assetIdOf('story');

describe('writing documents', () => {
  it('leaves exactly one copy of each document, wherever runs crash', async () => {
    await fc.assert(
      fc.asyncProperty(crashPoints, pauses, async (points, pause) => {
        const archive = new SimulatedArchive();
        archive.admit(assetId);
        const texts = ['One.', 'Two.', 'Three.'];
        await runThroughCrashes(archive, input(archive, assetId, passages(assetId, texts)), points, pause);
        archive.nowMilliseconds += hour;
        expect(archive.visibleTexts()).toEqual(expected(assetId, texts));
        expect(archive.assets.get(assetId)?.status).toBe('indexed');
        expect((await sweep(archive)).deleted).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('replaces what an earlier attempt wrote, wherever runs of either crash, once the sweeper has been by', async () => {
    await fc.assert(
      fc.asyncProperty(crashPoints, crashPoints, pauses, async (first, second, pause) => {
        const archive = new SimulatedArchive();
        archive.admit(assetId);
        const earlier = passages(assetId, ['One.', 'Old two.', 'Old three.']);
        await runThroughCrashes(archive, input(archive, assetId, earlier), first, pause);
        archive.admit(assetId);
        const texts = ['One.', 'New two.'];
        await runThroughCrashes(archive, input(archive, assetId, passages(assetId, texts)), second, pause);
        archive.nowMilliseconds += hour;
        await sweep(archive);
        expect(archive.visibleTexts()).toEqual(expected(assetId, texts));
      }),
      { numRuns: 300 },
    );
  });

  it('writes nothing again where the content has not changed', async () => {
    const archive = new SimulatedArchive();
    archive.admit(assetId);
    await indexAsset(archive.clients, input(archive, assetId, passages(assetId, ['One.', 'Two.'])));
    archive.admit(assetId);
    const result = await indexAsset(archive.clients, input(archive, assetId, passages(assetId, ['One.', 'Two.'])));
    expect(result).toEqual({ documentCount: 2, written: 0, alreadyWritten: 2, superseded: 0 });
    expect(archive.writes).toBe(2);
  });

  it('answers a repeated run of a completed attempt without touching anything', async () => {
    const archive = new SimulatedArchive();
    archive.admit(assetId);
    const request = input(archive, assetId, passages(assetId, ['One.']));
    await indexAsset(archive.clients, request);
    expect(await indexAsset(archive.clients, request)).toMatchObject({ documentCount: 1, written: 0 });
  });

  it('deletes what an earlier run replaced and did not come to delete, without waiting for the sweeper', async () => {
    const archive = new SimulatedArchive();
    archive.admit(assetId);
    await indexAsset(archive.clients, input(archive, assetId, passages(assetId, ['Old.'])));
    archive.admit(assetId);
    const request = input(archive, assetId, passages(assetId, ['New.']));
    // Effects: the step's start, the suspicion, the claim, the write, the confirmation, after which this run ends.
    archive.crashNextAt(9);
    await expect(indexAsset(archive.clients, request)).rejects.toBeInstanceOf(CrashError);
    archive.crashNextAt(undefined);
    expect(archive.index).toHaveLength(2);
    await indexAsset(archive.clients, request);
    expect(archive.index.map(({ document }) => document.source.text)).toEqual(['New.']);
  });

  it('takes back what it wrote where a later attempt claims the document before the confirmation', async () => {
    const archive = new SimulatedArchive();
    archive.admit(assetId);
    const request = input(archive, assetId, passages(assetId, ['Early.']));
    // Effects: the step's start, the claim, the write, then the confirmation.
    archive.beforeEffect(3, async () => {
      archive.admit(assetId);
      await indexAsset(archive.clients, input(archive, assetId, passages(assetId, ['Late.'])));
    });
    await expect(indexAsset(archive.clients, request)).rejects.toMatchObject({ name: 'FencedError' });
    expect(archive.index.map(({ document }) => document.source.text)).toEqual(['Late.']);
  });

  it('stops an attempt that a later one has overtaken', async () => {
    const archive = new SimulatedArchive();
    archive.admit(assetId);
    const stale = input(archive, assetId, passages(assetId, ['Old.']));
    archive.admit(assetId);
    await expect(indexAsset(archive.clients, stale)).rejects.toMatchObject({ name: 'FencedError' });
    expect(archive.writes).toBe(0);
  });
});

describe('versions of a story', () => {
  const uri = 'urn:story:1';
  const [oldId, newId] = [assetIdOf('version 1'), assetIdOf('version 2')];
  const version = (archive: SimulatedArchive, id: string, number: string, text: string) => {
    archive.admit(id, 'story');
    return input(archive, id, passages(id, [text], { uri, version: number }));
  };

  it('leaves the newest alone findable in whichever order they come, wherever runs crash', async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), crashPoints, crashPoints, async (isNewestFirst, first, second) => {
        const archive = new SimulatedArchive();
        const older = version(archive, oldId, '1', 'Old words.');
        const newer = version(archive, newId, '2', 'New words.');
        const [one, two] = isNewestFirst ? [newer, older] : [older, newer];
        await runThroughCrashes(archive, one, first, 1000).catch(onlyFenced);
        await runThroughCrashes(archive, two, second, 1000).catch(onlyFenced);
        archive.crashNextAt(undefined);
        archive.nowMilliseconds += hour;
        await sweep(archive);
        expect(archive.visibleTexts()).toEqual([`${newId}.passage.0: New words.`]);
        expect(archive.assets.get(oldId)).toMatchObject({ status: 'withdrawn', reason: 'Replaced by version 2.' });
        expect(archive.assets.get(newId)?.status).toBe('indexed');
      }),
      { numRuns: 200 },
    );
  });

  it('withdraws the older version with the newer one, without waiting for the sweeper', async () => {
    const archive = new SimulatedArchive();
    await indexAsset(archive.clients, version(archive, oldId, '1', 'Old words.'));
    const result = await indexAsset(archive.clients, version(archive, newId, '2', 'New words.'));
    expect(result).toMatchObject({ documentCount: 1, superseded: 1 });
    expect(archive.assets.get(oldId)?.status).toBe('withdrawn');
    archive.nowMilliseconds += hour;
    expect(archive.visibleTexts()).toEqual([`${newId}.passage.0: New words.`]);
  });

  it('takes an older version away once the newest one, a kill, has ended', async () => {
    const archive = new SimulatedArchive();
    await indexAsset(archive.clients, version(archive, oldId, '1', 'To be killed.'));
    archive.admit(newId, 'story');
    await archive.clients.ledger.claimStoryVersion(uri, '2', newId);
    archive.nowMilliseconds += hour;
    await sweep(archive);
    expect(archive.visibleTexts()).toHaveLength(1);
    await archive.clients.ledger.settleAsset(newId, 1, { status: 'withdrawn', reason: 'Killed.' });
    expect((await sweep(archive)).storiesWithdrawn).toBe(1);
    expect(archive.visibleTexts()).toEqual([]);
    expect(archive.assets.get(oldId)?.status).toBe('withdrawn');
  });
});

/** What a reader is shown: of each document the newest copy. */
const shown = (archive: SimulatedArchive) => [
  ...new Set(
    newestCopies(
      archive.visible().map(({ indexId, document }) => ({ indexId, score: 1, document: document.source })),
    ).map(({ document }) => `${document.documentId}: ${document.text}`),
  ),
];

describe('the sweeper', () => {
  it('needs no more than what the ledger suspects to leave nothing that nobody owns, wherever runs crash', async () => {
    await fc.assert(
      fc.asyncProperty(crashPoints, crashPoints, pauses, async (first, second, pause) => {
        const archive = new SimulatedArchive();
        archive.admit(assetId);
        const earlier = passages(assetId, ['One.', 'Old two.', 'Old three.']);
        await runThroughCrashes(archive, input(archive, assetId, earlier), first, pause);
        archive.admit(assetId);
        const texts = ['One.', 'New two.'];
        await runThroughCrashes(archive, input(archive, assetId, passages(assetId, texts)), second, pause);
        archive.nowMilliseconds += minute;
        await sweepWhatIsSuspected(archive);
        expect(archive.visibleTexts()).toEqual(expected(assetId, texts));
        expect((await sweep(archive)).deleted).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('leaves the old document to readers until the new one is confirmed, whenever it comes by', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 4 }), async (effectsBefore) => {
        const archive = new SimulatedArchive();
        archive.admit(assetId);
        await indexAsset(archive.clients, input(archive, assetId, passages(assetId, ['Old.'])));
        archive.nowMilliseconds += minute;
        archive.admit(assetId);
        archive.beforeEffect(effectsBefore, async () => {
          await sweep(archive);
          expect(archive.visibleTexts()).toEqual(expected(assetId, ['Old.']));
        });
        await indexAsset(archive.clients, input(archive, assetId, passages(assetId, ['New.'])));
      }),
    );
  });

  it('finds a copy that comes to light minutes after the suspicion, and forgets the suspicion in the end', async () => {
    const archive = new SimulatedArchive({ visibilityMilliseconds: 10 * minute });
    archive.admit(assetId);
    const request = input(archive, assetId, passages(assetId, ['One.']));
    archive.crashNextAt(5);
    await expect(indexAsset(archive.clients, request)).rejects.toBeInstanceOf(CrashError);
    archive.crashNextAt(undefined);
    // The look ends before the copy comes to light, so that it is written a second time.
    await indexAsset(archive.clients, request);
    expect(archive.index).toHaveLength(2);
    for (let minutes = 0; minutes < 12; minutes++) {
      archive.nowMilliseconds += minute;
      expect(shown(archive).length).toBeLessThanOrEqual(1);
      await sweepWhatIsSuspected(archive);
    }
    expect(archive.index).toHaveLength(1);
    expect(archive.suspects.size).toBe(1);
    archive.nowMilliseconds += suspicionMilliseconds;
    await sweepWhatIsSuspected(archive);
    expect(archive.suspects.size).toBe(0);
    expect(archive.visibleTexts()).toEqual(expected(assetId, ['One.']));
  });

  it('gives every suspect its turn where a run has time for one alone', async () => {
    const archive = new SimulatedArchive();
    const names = ['one', 'two', 'three', 'four'].map(assetIdOf);
    for (const id of names) {
      archive.admit(id);
      const request = input(archive, id, passages(id, ['One.']));
      await indexAsset(archive.clients, request);
      // A copy whose row was forgotten, as a withdrawal leaves it that met a write under way.
      await archive.clients.ledger.forgetDocument(id, `${id}.passage.0`, { upToAttempt: 1 });
      await archive.clients.ledger.suspectDoubles(id);
    }
    archive.nowMilliseconds += minute;
    for (const startAt of [0, 0.25, 0.5, 0.75]) {
      let looks = 0;
      await sweepSuspects(archive.clients, { ...timeOf(archive), startAt, hasTime: () => looks++ === 0 });
    }
    expect(archive.visibleTexts()).toEqual([]);
  });

  it('leaves a copy to the run that may confirm it and to the next that may adopt it, and then to nobody', async () => {
    const archive = new SimulatedArchive();
    archive.admit(assetId);
    const request = input(archive, assetId, passages(assetId, ['One.']));
    // Effects: the step's start, the claim, then the write, after which this run ends.
    archive.crashNextAt(5);
    await expect(indexAsset(archive.clients, request)).rejects.toBeInstanceOf(CrashError);
    archive.crashNextAt(undefined);
    archive.nowMilliseconds += hour;
    expect(await sweep(archive)).toMatchObject({ seen: 1, deleted: 0 });
    const asset = archive.assets.get(assetId);
    if (asset) archive.assets.set(assetId, { ...asset, status: 'failed' });
    expect(await sweep(archive)).toMatchObject({ seen: 1, deleted: 1, isWhole: true });
  });

  it('leaves a copy of a failed asset for as long as its writer may live', async () => {
    const archive = new SimulatedArchive();
    archive.admit(assetId);
    archive.crashNextAt(5);
    const request = input(archive, assetId, passages(assetId, ['One.']));
    await expect(indexAsset(archive.clients, request)).rejects.toBeInstanceOf(CrashError);
    archive.crashNextAt(undefined);
    const asset = archive.assets.get(assetId);
    if (asset) archive.assets.set(assetId, { ...asset, status: 'failed' });
    archive.nowMilliseconds += minute;
    expect(await sweep(archive)).toMatchObject({ seen: 1, deleted: 0 });
    archive.nowMilliseconds += archive.clients.leaseSeconds() * 1000;
    expect(await sweep(archive)).toMatchObject({ seen: 1, deleted: 1 });
  });
});

describe('writing in the middle of a withdrawal', () => {
  it('leaves nothing findable, wherever the two meet', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 6 }), async (effectsBefore) => {
        const archive = new SimulatedArchive();
        archive.admit(assetId);
        await indexAsset(archive.clients, input(archive, assetId, passages(assetId, ['Old.'])));
        archive.admit(assetId);
        const request = input(archive, assetId, passages(assetId, ['New one.', 'New two.']));
        archive.beforeEffect(effectsBefore, () => indexAsset(archive.clients, request).catch(onlyFenced));
        await withdrawAsset(archive.clients, assetId, 'Withdrawn.').catch(onlyFenced);
        archive.nowMilliseconds += minute;
        await sweepWhatIsSuspected(archive);
        if (archive.assets.get(assetId)?.status === 'withdrawn') expect(archive.visibleTexts()).toEqual([]);
      }),
    );
  });
});

describe('a withdrawal in the middle of the writing', () => {
  it('leaves nothing findable, whichever of the two comes first', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 12 }), crashPoints, async (effectsBefore, points) => {
        const archive = new SimulatedArchive();
        archive.admit(assetId);
        const request = input(archive, assetId, passages(assetId, ['One.', 'Two.']));
        archive.beforeEffect(effectsBefore, () => withdrawAsset(archive.clients, assetId, 'Withdrawn.'));
        await runThroughCrashes(archive, request, points, minute).catch(onlyFenced);
        archive.crashNextAt(undefined);
        if (archive.assets.get(assetId)?.status !== 'withdrawn')
          await withdrawAsset(archive.clients, assetId, 'Withdrawn.');
        archive.nowMilliseconds += minute;
        await sweepWhatIsSuspected(archive);
        expect(archive.visibleTexts()).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

function onlyFenced(error: unknown): void {
  if ((error as Error).name !== 'FencedError') throw error;
}
