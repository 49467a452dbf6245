import { setTimeout as wait } from 'node:timers/promises';
import { backOffMilliseconds } from './back-off.ts';
import type { FeedAddress } from './feed-address.ts';
import type { FeedConnection, FeedFrame } from './feed-reader.ts';
import type { EndReason, LiveSession } from './live-session.ts';

export interface FeedRun {
  address: FeedAddress;
  open(): FeedConnection;
  session: Pick<LiveSession, 'take' | 'beginGap' | 'finish' | 'lastFrameAt' | 'isInGap'>;
  onFrame?(frame: FeedFrame): void;
  onDisconnected(about: { complaint: string; waitMilliseconds: number }): void;
}

/** After so long without a frame the running shot is closed, and after so long the connection is renewed. */
const patience = (isSegmented: boolean) =>
  isSegmented
    ? { gapMilliseconds: 20_000, renewMilliseconds: 40_000 }
    : { gapMilliseconds: 2_000, renewMilliseconds: 10_000 };
const watchMilliseconds = 200;

/**
 * Reads a feed until it is told to stop or, where it is a file, until its end; renews the connection for as long as it
 * takes.
 * @throws what the model's endpoint threw where it will never answer.
 */
export async function runFeed(run: FeedRun, stop: AbortSignal): Promise<EndReason> {
  const { session, address } = run;
  let failures = 0;
  let connection: FeedConnection | undefined;
  let openedAt = Date.now();
  const { gapMilliseconds, renewMilliseconds } = patience(address.isSegmented);
  const watch = setInterval(() => {
    const silence = Date.now() - (session.lastFrameAt ?? openedAt);
    if (session.lastFrameAt !== undefined && silence > gapMilliseconds && !session.isInGap)
      // What goes wrong here is thrown again by the next frame that is taken.
      session.beginGap(connection === undefined ? 'disconnected' : 'silence').catch(() => {});
    if (Math.min(silence, Date.now() - openedAt) > renewMilliseconds) connection?.kill();
  }, watchMilliseconds);
  const end = () => connection?.kill();
  stop.addEventListener('abort', end);
  let reason: EndReason = 'stopped';
  try {
    while (!stop.aborted) {
      openedAt = Date.now();
      connection = run.open();
      const frameCount = await readAll(run, connection, stop);
      const { complaint } = await connection.ended;
      connection = undefined;
      if (stop.aborted) break;
      if (address.isFile) {
        reason = 'feed ended';
        break;
      }
      failures = frameCount > 0 ? 0 : failures + 1;
      const waitMilliseconds = backOffMilliseconds(failures);
      run.onDisconnected({ complaint, waitMilliseconds });
      await wait(waitMilliseconds, undefined, { signal: stop }).catch(() => {});
    }
  } finally {
    clearInterval(watch);
    stop.removeEventListener('abort', end);
    connection?.kill();
  }
  await session.finish(reason);
  return reason;
}

async function readAll(run: FeedRun, connection: FeedConnection, stop: AbortSignal): Promise<number> {
  let count = 0;
  for await (const frame of connection.frames) {
    if (stop.aborted) break;
    run.onFrame?.(frame);
    const isReconnected = count === 0 && run.session.lastFrameAt !== undefined;
    await run.session.take(frame, isReconnected);
    count += 1;
  }
  return count;
}
