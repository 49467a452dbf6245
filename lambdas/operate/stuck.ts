/**
 * An asset that is processing is heard of whenever a step starts, is retried or ends. One attempt of a step takes at
 * most the 15 minutes of a Lambda, and the back-off between two of them at most a few more.
 */
export const stuckAfterMinutes = 30;

/** The instant before which an asset must have been heard of last to count as stuck. */
export const stuckSince = (now: Date, minutes = stuckAfterMinutes): string =>
  new Date(now.getTime() - minutes * 60_000).toISOString();
