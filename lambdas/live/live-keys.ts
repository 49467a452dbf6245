import { livePrefix } from '../contracts/keys.ts';
import type { Feed } from '../contracts/live.ts';

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** `2026-11-24 14.03.22`: a moment in UTC as a file may be named everywhere. */
export function momentInName(moment: Date): string {
  const clock = [moment.getUTCHours(), moment.getUTCMinutes(), moment.getUTCSeconds()].map(twoDigits).join('.');
  return `${moment.toISOString().slice(0, 10)} ${clock}`;
}

/** A title without what a file's name cannot hold. */
const fileTitle = (title: string): string =>
  title
    .replace(/[/\\:*?"<>|\p{C}]+/gu, ' ')
    .replace(/^\.+/, '')
    .replace(/\s+/g, ' ')
    .trim() || 'Live';

/** The key of a shot's clip; its file name becomes the document's title. */
export const clipKey = (
  feed: Pick<Feed, 'desk' | 'title'>,
  sessionId: string,
  index: number,
  startedAt: Date,
): string =>
  `${livePrefix(feed.desk)}${sessionId}/${String(index).padStart(5, '0')}/${fileTitle(feed.title)} ${momentInName(startedAt)}.mp4`;

/** One run of the service on one feed: sorts by time, and no other run has it. */
export const newSessionId = (feedName: string, startedAt: Date): string =>
  `${feedName}-${startedAt.toISOString().replace(/[-:]/g, '').replace('.', '')}`;
