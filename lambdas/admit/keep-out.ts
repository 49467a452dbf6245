import type { Withdrawals } from '../clients/withdrawals.ts';
import type { S3Object } from '../contracts/assets.ts';
import { uploadId } from '../contracts/keys.ts';
import type { WithdrawalRecord } from '../contracts/withdrawal.ts';
import { RefusedError } from '../runtime/errors.ts';

/**
 * Lets nothing in that was withdrawn, nor a picture that looks the same. Withdrawn bytes do not stay in the bucket
 * either.
 * @returns how many attempts these bytes had before a withdrawal that was lifted.
 * @throws RefusedError
 */
export async function keepOut(
  withdrawals: Pick<Withdrawals, 'standingOf' | 'recordReturn'>,
  content: { assetId: string; perceptualHash?: string | undefined },
  object: S3Object,
): Promise<number> {
  const { keptOutBy: withdrawal, earlierAttempts } = await withdrawals.standingOf(content);
  if (withdrawal === undefined) return earlierAttempts;
  const isSame = withdrawal.assetId === content.assetId;
  if (isSame) await withdrawals.recordReturn({ uploadId: uploadId(object), object });
  throw new RefusedError(refusal(withdrawal, isSame));
}

const refusal = ({ begunAt, reason }: WithdrawalRecord, isSame: boolean): string =>
  `${isSame ? 'This was' : 'This picture looks the same as one that was'} withdrawn from the archive on ${begunAt.slice(0, 10)} and is kept out: ${reason.replace(/\.$/, '')}. If that no longer holds, ask those who run the archive to lift the withdrawal.`;
