import { RefusedError } from '../runtime/errors.ts';

/** A container's length and its last frame differ by rounding and trimmed ends, not by a tenth. */
const completeShare = 0.9;

const seconds = (value: number): string => (value < 10 ? value.toFixed(1).replace(/\.0$/, '') : value.toFixed(0));

/**
 * Holds what was decoded against what the container promised.
 * @throws RefusedError where clearly less came: half a video that looks whole would hide what is missing.
 */
export function assertComplete(decodedSeconds: number, promisedSeconds: number | undefined): void {
  if (promisedSeconds === undefined || decodedSeconds >= promisedSeconds * completeShare) return;
  throw new RefusedError(
    `The video ends after ${seconds(decodedSeconds)} of ${seconds(promisedSeconds)} seconds: the file was cut off on its way. Send it again.`,
  );
}
