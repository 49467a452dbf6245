import type { ObjectVersions } from '../../clients/object-versions.ts';
import type { Withdrawals } from '../../clients/withdrawals.ts';

const maxReturnsPerRun = 1000;

/**
 * Takes withdrawn bytes out of the bucket that came again and were refused.

 * @returns how many arrivals it cleared.
 */
export async function clearReturns({
  withdrawals,
  originals,
}: {
  withdrawals: Pick<Withdrawals, 'returns' | 'forgetReturn'>;
  originals: Pick<ObjectVersions, 'delete'>;
}): Promise<number> {
  const returns = await withdrawals.returns(maxReturnsPerRun);
  for (const { uploadId, object } of returns) {
    await originals.delete([{ key: object.key, versionId: object.versionId ?? 'null' }]);
    await withdrawals.forgetReturn(uploadId);
  }
  return returns.length;
}
