import type { IndexInput, IndexResult } from '../contracts/workflow.ts';
import { inVersion } from '../embedding/in-version.ts';
import type { Versions } from '../embedding/versions.ts';
import { type HoldClients, holdAsset } from './hold-asset.ts';
import { indexAsset } from './index-asset.ts';

export interface VersionedClients extends HoldClients {
  versions: Pick<Versions, 'states' | 'active' | 'current' | 'everywhere'>;
}

/**
 * Makes an asset searchable in the current embedding version, and then in the other one where there is one. Which is
 * which is read again after the first writing: a version that came into use meanwhile would otherwise lack the asset.
 * @throws as `indexAsset` and `holdAsset`
 */
export async function indexInVersions(clients: VersionedClients, input: IndexInput): Promise<IndexResult> {
  const { versions, derived, clock, leaseSeconds } = clients;
  const before = await versions.states.read();
  const { version, index, ledger, embed } = versions.current(before);
  const result = await indexAsset(
    {
      ...{ derived, clock, leaseSeconds, index, ledger },
      inVersion: (documents) => inVersion(version, documents, embed),
      everywhere: versions.everywhere(before),
    },
    input,
  );
  const after = versions.active(await versions.states.read());
  if (after.some((one) => one.version.indexName !== version.indexName)) await holdAsset(clients, after, input.assetId);
  return result;
}
