import type { AssetLedger } from '../../clients/asset-ledger.ts';
import { anchorOf, type NearDuplicates } from '../../clients/near-duplicates.ts';
import type { Withdrawals } from '../../clients/withdrawals.ts';
import { likenessRecordSchema, membershipSchema, nearDuplicateKeys } from '../../contracts/near-duplicates.ts';
import type { Finding } from './walk.ts';

export interface NearDuplicateRowClients {
  ledger: Pick<AssetLedger, 'getAssets'>;
  withdrawals: Pick<Withdrawals, 'get'>;
  nearDuplicates: Pick<NearDuplicates, 'forgetTraces' | 'listGroup'>;
}

/** One row's name of another asset, and how it is taken out. */
interface Naming {
  named: string;
  about: string;
  repair: () => Promise<unknown>;
}

/** Rows of one page that name an asset whose withdrawal is proved: a newcomer that found it a moment before left them. */
export async function ofNearDuplicates(
  clients: NearDuplicateRowClients,
  rows: readonly Record<string, unknown>[],
): Promise<Finding[]> {
  const namings = rows.flatMap((row) => namingsIn(clients, row));
  const assets = await clients.ledger.getAssets(namings.map(({ named }) => named));
  const findings: Finding[] = [];
  for (const { named, about, repair } of namings) {
    if (assets.has(named) || (await clients.withdrawals.get(named))?.state !== 'proved') continue;
    findings.push({
      kind: 'near-duplicate of a withdrawn asset',
      about,
      repair: async () => {
        await repair();
      },
    });
  }
  return findings;
}

function namingsIn({ nearDuplicates }: NearDuplicateRowClients, row: Record<string, unknown>): Naming[] {
  const sk = String(row['sk']);
  if (sk.startsWith(nearDuplicateKeys.likenessPrefix)) {
    const { assetId, documentId, neighbours } = likenessRecordSchema.parse(row);
    return [...new Set(neighbours.map((neighbour) => neighbour.assetId))].map((named) => ({
      named,
      about: documentId,
      repair: () => nearDuplicates.forgetTraces(named, { likenesses: [{ assetId, documentId }], members: [] }),
    }));
  }
  if (sk !== nearDuplicateKeys.membership('').sk || row['groupId'] === undefined) return [];
  const { assetId, groupId = '' } = membershipSchema.parse(row);
  const named = anchorOf(groupId);
  if (named === assetId) return [];
  return [
    {
      named,
      about: assetId,
      repair: async () => {
        const members = (await nearDuplicates.listGroup(groupId)).map((member) => member.assetId);
        return nearDuplicates.forgetTraces(named, { likenesses: [], members });
      },
    },
  ];
}
