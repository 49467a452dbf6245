import { describe, expect, it } from 'vitest';
import type { ModelIdentity } from '../../../lambdas/clients/model-batches.ts';
import { embedResponseSchema } from '../../../lambdas/contracts/models.ts';
import { inVersion } from '../../../lambdas/embedding/in-version.ts';
import { RecentState, stateMaxAgeMilliseconds } from '../../../lambdas/embedding/recent-state.ts';
import { type Endpoint, versionEndpoint } from '../../../lambdas/embedding/version-endpoint.ts';
import { document, first, second, servedBy } from './documents.ts';

const asked = { texts: ['one'] };
const ask = (endpoint: Endpoint) => endpoint.invokeJson(asked, embedResponseSchema, { timeoutMilliseconds: 1000 });

describe('an endpoint of one version', () => {
  it('answers by that version', async () => {
    expect(await ask(versionEndpoint(first, [servedBy(() => first)]))).toMatchObject({ version: first.version });
  });

  it('finds it behind the other endpoint while the first is being updated', async () => {
    const endpoint = versionEndpoint(second, [servedBy(() => first), servedBy(() => second)]);
    expect(await ask(endpoint)).toMatchObject({ version: second.version });
  });

  it('names both versions where it is nowhere, and may be asked again', async () => {
    await expect(ask(versionEndpoint(second, [servedBy(() => first)]))).rejects.toMatchObject({
      name: 'ModelMismatchError',
      message: `embed 2.0.0 was asked for, and embed 1.0.0 answered`,
    });
  });
});

describe('documents in a version', () => {
  it('keep the vectors that it made and get the others anew, of the same words', async () => {
    let texts: string[] = [];
    const endpoint = servedBy(
      () => second,
      (sent) => {
        texts = sent;
      },
    );
    const documents = [document('a', 0, second), document('a', 1, first)];
    const found = await inVersion(second, documents, endpoint);
    expect(found[0]).toEqual(documents[0]);
    expect(found[1]).toMatchObject({ documentId: documents[1]?.documentId, models: { embed: second } });
    expect(texts).toHaveLength(1);
    expect(texts[0]).toContain(documents[1]?.text);
  });

  it('cost no call where all are of it', async () => {
    const never: Endpoint = {
      invokeJson: () => {
        throw new Error('nothing needs a model');
      },
    };
    const documents = [document('a', 0, first)];
    expect(await inVersion(first, documents, never)).toEqual(documents);
  });

  it('are refused by name where another version answers', async () => {
    await expect(
      inVersion(
        second,
        [document('a', 0, first)],
        servedBy(() => first),
      ),
    ).rejects.toMatchObject({
      name: 'ModelMismatchError',
    });
  });

  it('are refused where the model changes between two batches', async () => {
    let calls = 0;
    const changing = servedBy((): ModelIdentity => {
      calls += 1;
      return calls === 1 ? second : first;
    });
    const documents = Array.from({ length: 64 }, (_, ordinal) => document('a', ordinal, first));
    await expect(inVersion(second, documents, changing)).rejects.toMatchObject({ name: 'EndpointUnavailableError' });
  });
});

describe('the recent state', () => {
  const state = (revision: number) => ({ revision, origin: 'one', current: 'one' });

  it('is asked for once in a while, and a switch is seen after that', async () => {
    let [now, revision, reads] = [0, 1, 0];
    const recent = new RecentState(
      {
        read: async () => {
          reads += 1;
          return state(revision);
        },
      },
      () => now,
    );
    expect((await recent.read()).revision).toBe(1);
    revision = 2;
    now += stateMaxAgeMilliseconds - 1;
    expect((await recent.read()).revision).toBe(1);
    now += 1;
    expect((await recent.read()).revision).toBe(2);
    expect(reads).toBe(2);
  });

  it('stays while the ledger is silent, but is never made up', async () => {
    let isSilent = true;
    let now = 0;
    const recent = new RecentState(
      {
        read: async () => {
          if (isSilent) throw new Error('silent');
          return state(1);
        },
      },
      () => now,
    );
    await expect(recent.read()).rejects.toThrow('silent');
    isSilent = false;
    await recent.read();
    isSilent = true;
    now += 10 * stateMaxAgeMilliseconds;
    expect((await recent.read()).revision).toBe(1);
  });
});
