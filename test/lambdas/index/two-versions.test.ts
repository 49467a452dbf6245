import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ModelIdentity } from '../../../lambdas/clients/model-batches.ts';
import type { EmbeddingProgress, EmbeddingState } from '../../../lambdas/contracts/embedding.ts';
import { derivedKeys } from '../../../lambdas/contracts/keys.ts';
import { inVersion } from '../../../lambdas/embedding/in-version.ts';
import { versionEndpoint } from '../../../lambdas/embedding/version-endpoint.ts';
import { type FillClients, fillVersions } from '../../../lambdas/index/fill-versions.ts';
import { holdAsset } from '../../../lambdas/index/hold-asset.ts';
import { indexAsset } from '../../../lambdas/index/index-asset.ts';
import { document, first, second, servedBy } from '../embedding/documents.ts';
import { assetIdOf, CrashError, SimulatedArchive } from './simulated-archive.ts';

let one: SimulatedArchive;
let other: SimulatedArchive;
/** What answers behind each version's own endpoint; a deployment in the middle changes it. */
let served: { one: ModelIdentity; other: ModelIdentity };

beforeEach(() => {
  one = new SimulatedArchive();
  other = new SimulatedArchive();
  // One ledger and one bucket stand behind both indexes; each has rows of its own.
  Object.assign(other, { assets: one.assets, files: one.files, stories: one.stories });
  served = { one: first, other: second };
});

const versions = () => {
  const endpoints = { one: servedBy(() => served.one), other: servedBy(() => served.other) };
  return [
    { version: first, ...one.clients, embed: versionEndpoint(first, [endpoints.one, endpoints.other]) },
    { version: second, ...other.clients, embed: versionEndpoint(second, [endpoints.other, endpoints.one]) },
  ];
};
const hold = (name: string) => holdAsset(one.clients, versions(), assetIdOf(name));

/** As the workflow does it: the step writes the current version, enriched by whichever model answered. */
async function upload(name: string, documents: number, by: ModelIdentity = first): Promise<void> {
  const assetId = assetIdOf(name);
  one.admit(assetId, 'video');
  const attempt = one.assets.get(assetId)?.attempt ?? 1;
  const key = derivedKeys.documents(assetId, attempt);
  one.files.set(
    key,
    Array.from({ length: documents }, (_, ordinal) => document(assetId, ordinal, by, attempt)),
  );
  const [version] = versions();
  if (version === undefined) throw new Error('there are two');
  await indexAsset(
    {
      ...one.clients,
      inVersion: (found) => inVersion(first, found, version.embed),
    },
    { assetId, attempt, kind: 'video', desk: 'sport', original: { bucket: 'originals', key: name }, documentsKey: key },
  );
}

function withdraw(name: string): void {
  const asset = one.assets.get(assetIdOf(name));
  if (asset !== undefined) one.assets.set(asset.assetId, { ...asset, status: 'withdrawn' });
}

/** Every visible document, and that none has a vector of another version. */
function held(archive: SimulatedArchive, by: ModelIdentity): string[] {
  archive.nowMilliseconds += archive.visibilityMilliseconds;
  for (const { document: stored } of archive.index) {
    expect(stored.source.models.embed).toEqual(by);
    expect((stored['vector'] as number[])[0]).toBe(Number.parseInt(by.version, 10));
  }
  return archive.index.map(({ document: stored }) => stored.documentId).sort();
}
function expectBothToHold(): void {
  expect(held(other, second)).toEqual(held(one, first));
}

describe('an asset in two versions', () => {
  it('stands in both with the same documents, each by its own vectors', async () => {
    await upload('a', 3);
    expect(await hold('a')).toBe(3);
    expectBothToHold();
    expect(held(other, second)).toHaveLength(3);
  });

  it('costs nothing the second time', async () => {
    await upload('a', 3);
    await hold('a');
    const writes = [one.writes, other.writes];
    expect(await hold('a')).toBe(0);
    expect([one.writes, other.writes]).toEqual(writes);
  });

  it('loses in both what a later attempt no longer has', async () => {
    await upload('a', 4);
    await hold('a');
    await upload('a', 2);
    await hold('a');
    expectBothToHold();
    expect(held(other, second)).toHaveLength(2);
  });

  it('leaves both when it is withdrawn', async () => {
    await upload('a', 3);
    await hold('a');
    withdraw('a');
    await hold('a');
    expect([...held(one, first), ...held(other, second)]).toEqual([]);
  });

  it('never gets another version’s vector: while the model is away nothing is written, and then its own', async () => {
    await upload('a', 3);
    served.other = first;
    await expect(hold('a')).rejects.toMatchObject({ name: 'ModelMismatchError' });
    expect(held(other, second)).toEqual([]);
    served.other = second;
    await hold('a');
    expectBothToHold();
  });

  it('is written by the right model where the endpoints changed places under way', async () => {
    await upload('a', 3);
    served = { one: second, other: first };
    await hold('a');
    expectBothToHold();
    expect(held(other, second)).toHaveLength(3);
  });

  it('gets the vectors of the index’s own version where the enriching model was already the next one', async () => {
    await upload('a', 2, second);
    expect(held(one, first)).toHaveLength(2);
  });

  it('is whole in both, without doubles, wherever a run crashes', async () => {
    for (let point = 0; point < 40; point++) {
      const name = `crash-${point}`;
      await upload(name, 2);
      other.crashNextAt(point);
      await hold(name).catch((error: unknown) => expect(error).toBeInstanceOf(CrashError));
      other.crashNextAt(undefined);
      await hold(name);
    }
    const rows = [...other.rows.values()];
    expect(rows.every(({ state }) => state === 'confirmed')).toBe(true);
    const owned = rows.map(({ result }) => (result as { indexId: string }).indexId);
    expect(new Set(owned).size).toBe(80);
    expect(held(other, second).filter((id, at, all) => id !== all[at - 1])).toHaveLength(80);
  });
});

describe('filling a version', () => {
  const state: EmbeddingState = {
    revision: 1,
    origin: 'one',
    current: 'one',
    other: 'other',
    changedAt: '2026-05-01T10:00:00Z',
  };
  let progress: EmbeddingProgress;
  const clients = (): FillClients => ({
    ...one.clients,
    states: {
      read: async () => state,
      readProgress: async () => progress,
      writeProgress: async (written) => {
        progress = structuredClone(written);
      },
    },
    versionsOf: () =>
      versions().map(({ index, ...version }, at) => {
        const archive = at === 0 ? one : other;
        return {
          ...version,
          index: {
            ...index,
            documentsInOrder: archive.clients.index.documentsInOrder,
            search: async () => ({ total: archive.index.length, found: [] }),
          },
        };
      }),
  });
  const options = { hasTime: () => true, onFailure: () => {} };

  beforeEach(() => {
    progress = { revision: 1 };
  });

  it('goes on where it stopped, and a walk that finds nothing missing ends it', async () => {
    for (const name of ['a', 'b', 'c']) await upload(name, 2);
    one.nowMilliseconds += 2 * 60_000;
    let looks = 0;
    while (!(await fillVersions(clients(), { ...options, hasTime: () => looks++ > 2 })).isWhole)
      expect(looks).toBeLessThan(20);
    expectBothToHold();
    one.nowMilliseconds += 60_000;
    const second = await fillVersions(clients(), options);
    expect(second).toMatchObject({ isWhole: true, coverage: 1, pass: { written: 0, failed: 0 } });
    expect(await fillVersions(clients(), options)).toEqual({ isWhole: true, coverage: 1 });
  });

  it('goes past an asset that cannot be done, counts it, and takes it up again in the next walk', async () => {
    for (const name of ['a', 'b', 'c']) await upload(name, 2);
    one.nowMilliseconds += 2 * 60_000;
    const key = derivedKeys.documents(assetIdOf('b'), 1);
    const { derived } = one.clients;
    const unreadable: FillClients['derived'] = {
      readJson: (async (asked: string, schema: never) => {
        if (asked === key) throw new Error('the bucket does not answer');
        return derived.readJson(asked, schema);
      }) as never,
    };
    const failed: string[] = [];
    const report = await fillVersions(
      { ...clients(), derived: unreadable },
      { ...options, onFailure: (assetId) => failed.push(assetId) },
    );
    expect(report.pass).toMatchObject({ assets: 3, written: 4, failed: 1 });
    expect(failed).toEqual([assetIdOf('b')]);
    await fillVersions(clients(), options);
    expectBothToHold();
  });

  it('holds the same in both whatever is uploaded, sent again or withdrawn in between', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            what: fc.constantFrom('upload', 'withdraw', 'fill', 'hold'),
            name: fc.constantFrom('a', 'b', 'c'),
            documents: fc.integer({ min: 1, max: 3 }),
            isNextModel: fc.boolean(),
          }),
          { maxLength: 12 },
        ),
        async (steps) => {
          one = new SimulatedArchive();
          other = new SimulatedArchive();
          Object.assign(other, { assets: one.assets, files: one.files, stories: one.stories });
          served = { one: first, other: second };
          progress = { revision: 1 };
          for (const { what, name, documents, isNextModel } of steps) {
            const asset = one.assets.get(assetIdOf(name));
            if (what === 'upload' && asset?.status !== 'withdrawn')
              await upload(name, documents, isNextModel ? second : first);
            if (what === 'withdraw') withdraw(name);
            if (what === 'fill') await fillVersions(clients(), options);
            if (what === 'hold') await hold(name);
          }
          for (const name of ['a', 'b', 'c']) await hold(name);
          expectBothToHold();
        },
      ),
      { numRuns: 60 },
    );
  });
});
