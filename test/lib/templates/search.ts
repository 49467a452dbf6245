import { describe, expect, it } from 'vitest';
import { indexedFields } from '../../../lambdas/contracts/documents.ts';
import { type Synthesised, spelled } from '../support/synthesis.ts';

export function search(stacks: Synthesised): void {
  const { environment, packages } = stacks.deployment;
  const collectionName = `wirescope-${environment.name}`;
  const [[, collection] = []] = stacks.resources('AWS::OpenSearchServerless::Collection');
  const policies = stacks.resources('AWS::OpenSearchServerless::SecurityPolicy');
  const policy = (type: string) => policies.find(([, { Properties }]) => Properties['Type'] === type);

  describe('the collection', () => {
    it('holds vectors, with a standing-by copy where the environment says so', () => {
      expect(collection?.Properties).toMatchObject({
        Name: collectionName,
        Type: 'VECTORSEARCH',
        StandbyReplicas: environment.search.isStandbyOn ? 'ENABLED' : 'DISABLED',
      });
    });

    it('is made after the policies that say how it is encrypted and reached', () => {
      expect([collection?.DependsOn].flat().sort()).toEqual(policies.map(([id]) => id).sort());
    });

    it('is encrypted with the key of the archive', () => {
      const text = spelled(policy('encryption')?.[1].Properties['Policy']);
      expect(text).toContain('"AWSOwnedKey":false');
      expect(text).toContain(`collection/${collectionName}`);
      expect(text).toMatch(/"KmsARN":"<[\w-]+Storage:ExportsOutputFnGetAttKey/);
    });

    it('is reached over the network by signed requests, and shows no dashboard', () => {
      const [rules] = JSON.parse(spelled(policy('network')?.[1].Properties['Policy']));
      expect(rules.Rules).toEqual([{ ResourceType: 'collection', Resource: [`collection/${collectionName}`] }]);
    });

    it('gives policies names that the service takes', () => {
      const named = [...policies, ...stacks.resources('AWS::OpenSearchServerless::AccessPolicy')].map(
        ([, { Properties }]) => Properties['Name'],
      );
      for (const name of named) expect(name).toMatch(/^[a-z][a-z0-9-]{2,31}$/);
      expect(new Set(named).size).toBe(named.length);
    });
  });

  describe('the index', () => {
    const [[, custom] = []] = stacks.resources('Custom::VectorIndex');
    const body = JSON.parse(custom?.Properties['body'] ?? '{}');

    it('has the fields of the contract and takes no other', () => {
      expect(Object.keys(body.mappings.properties)).toEqual(Object.keys(indexedFields));
      expect(body.mappings.dynamic).toBe('strict');
    });

    it('compares vectors of the embed package by cosine in the configured graph', () => {
      expect(body.mappings.properties.vector).toEqual({
        type: 'knn_vector',
        dimension: packages.embed.dimension,
        method: {
          name: 'hnsw',
          engine: 'faiss',
          space_type: 'cosinesimil',
          parameters: { m: environment.search.linksPerNode, ef_construction: environment.search.efConstruction },
        },
      });
      expect(body.settings.index).toEqual({ knn: true, 'knn.algo_param.ef_search': environment.search.efSearch });
    });

    it('stores the whole document apart without indexing it, and reads text as English', () => {
      const stored = { type: 'keyword', index: false, doc_values: false, store: true };
      expect(body.mappings.properties.display).toEqual(stored);
      expect(body.mappings.properties.text).toEqual({ type: 'text', analyzer: 'english' });
    });

    it('has another name when another model makes the vectors', () => {
      expect(custom?.Properties['indexName']).toBe(
        `documents-${packages.embed.name}-${packages.embed.version.replaceAll('.', '-')}`,
      );
    });

    it('is prepared after its maker may', () => {
      const dependencies = [custom?.DependsOn].flat();
      expect(dependencies.some((id) => id?.includes('IndexAccess'))).toBe(true);
      expect(dependencies.some((id) => id?.includes('RoleDefaultPolicy'))).toBe(true);
    });
  });
}
