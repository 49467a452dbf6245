const firstMilliseconds = 500;
const longestMilliseconds = 30_000;

/**
 * How long to wait before a connection is tried again: doubles from half a second to half a minute, and each wait lies
 * anywhere in its upper half, so that many readers do not come back at once.
 * @param failures how many tries in a row brought no frame.
 */
export function backOffMilliseconds(failures: number, random: () => number = Math.random): number {
  const whole = Math.min(longestMilliseconds, firstMilliseconds * 2 ** Math.min(failures, 16));
  return whole / 2 + (random() * whole) / 2;
}
