import { describe, expect, it } from 'vitest';
import { VectorIndexRequestError } from '../../../lambdas/clients/vector-index.ts';
import { prepareIndex, type ResourceRequest, resourceAnswer } from '../../../lambdas/index/prepare-index.ts';
import { RetryableError } from '../../../lambdas/runtime/errors.ts';

const body = { settings: { index: { knn: true } }, mappings: { properties: {} } };
const request = (RequestType: ResourceRequest['RequestType']): ResourceRequest => ({
  RequestType,
  ResponseURL: 'https://answers.invalid/1',
  StackId: 'stack',
  RequestId: 'request',
  LogicalResourceId: 'Index',
  ...(RequestType === 'Create' ? {} : { PhysicalResourceId: 'documents-1' }),
  ResourceProperties: { indexName: 'documents-2', body: JSON.stringify(body) },
});

async function prepare(type: ResourceRequest['RequestType'], faults: Error[], waitsAllowed = 5) {
  const prepared: unknown[] = [];
  let waits = 0;
  const index = {
    prepare: async (given: unknown) => {
      const fault = faults.shift();
      if (fault) throw fault;
      prepared.push(given);
    },
  };
  const wait = async () => {
    waits += 1;
  };
  await prepareIndex(request(type), { index, wait, hasTime: () => waits < waitsAllowed });
  return { prepared, waits };
}

describe('preparing the index of a deployment', () => {
  it('creates it with the settings and mappings of the template', async () => {
    expect((await prepare('Create', [])).prepared).toEqual([body]);
  });

  it('waits for the access policy to come into force', async () => {
    const faults = [
      new VectorIndexRequestError('the index answered 403: Forbidden'),
      new RetryableError('SearchIndexUnavailableError', 'the index was not reached'),
    ];
    expect(await prepare('Create', faults)).toEqual({ prepared: [body], waits: 2 });
  });

  it('fails with the reason of the index where waiting cannot help or took too long', async () => {
    const refusal = new VectorIndexRequestError('the index answered 400: mapper [vector] cannot be changed');
    await expect(prepare('Update', [refusal])).rejects.toBe(refusal);
    const denials = Array.from({ length: 9 }, () => new VectorIndexRequestError('the index answered 403: Forbidden'));
    await expect(prepare('Create', denials)).rejects.toThrow('403');
  });

  it('leaves the documents alone when the resource goes', async () => {
    expect((await prepare('Delete', [])).prepared).toEqual([]);
  });

  it('tells CloudFormation the index by its name, and on deletion the one that is deleted', () => {
    expect(resourceAnswer(request('Update'))).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'documents-2' });
    expect(resourceAnswer(request('Delete'))).toMatchObject({ PhysicalResourceId: 'documents-1' });
    expect(resourceAnswer(request('Create'), 'no room')).toMatchObject({ Status: 'FAILED', Reason: 'no room' });
  });
});
