import { RecentState } from './recent-state.ts';
import type { VersionIndex, Versions } from './versions.ts';

/**
 * Clients of the version that is current at the moment of each call, made once a version.
 * @throws as `Versions.current` and `RecentState.read`
 */
export function currentClients<Clients>(
  versions: Versions,
  clientsOf: (version: VersionIndex) => Clients,
): () => Promise<Clients> {
  const recent = new RecentState(versions.states);
  const made = new Map<string, Clients>();
  return async () => {
    const current = versions.current(await recent.read());
    const { indexName } = current.version;
    const clients = made.get(indexName) ?? clientsOf(current);
    made.set(indexName, clients);
    return clients;
  };
}
