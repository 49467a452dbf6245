/**
 * What is younger than this may be on its way: an event in the queue that is tried five times, a step that runs for its
 * fifteen minutes and is retried. It is looked at by the next walk.
 */
export const graceMinutes = {
  settled: 60,
  /** The index shows a write within one; ten let a busy one catch up. */
  visible: 10,
} as const;

export const isOlder = (instant: string | Date, minutes: number, now: Date): boolean =>
  now.getTime() - new Date(instant).getTime() > minutes * 60_000;
