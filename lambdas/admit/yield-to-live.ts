/** There is no room for a backfill's upload: its message comes back later. */
export class BackfillYieldsError extends Error {
  override readonly name = 'BackfillYieldsError';
}

export interface RoomOptions {
  /** How many workflows run now, whoever started them. */
  countRunning: () => Promise<number>;
  /** With so many, a backfill starts no more. */
  limit: number;
  hasTime: () => boolean;
  wait: (milliseconds: number) => Promise<void>;
}

const lookEveryMilliseconds = 1_000;

/**
 * Waits until a backfill's upload may start a workflow: live uploads never wait, a backfill takes what room they leave.
 * The bound is soft by as many uploads as look at the same moment.
 * @throws BackfillYieldsError where there is no room in time.
 */
export async function waitForRoom({ countRunning, limit, hasTime, wait }: RoomOptions): Promise<void> {
  while ((await countRunning()) >= limit) {
    if (!hasTime()) throw new BackfillYieldsError(`${limit} workflows or more run: the backfill yields to them`);
    await wait(lookEveryMilliseconds);
  }
}
