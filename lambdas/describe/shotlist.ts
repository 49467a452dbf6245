import { formatTimecode, parseTimecode, type TimecodeRate } from '../contracts/timecode.ts';
import { RefusedError } from '../runtime/errors.ts';
import type { Particulars } from './particulars.ts';
import { plainLine, plainText, textLimits } from './plain-text.ts';

/** A line of a shotlist; times in seconds on the shotlist's own clock, absent where the line is only numbered. */
export interface ShotlistLine {
  startSeconds?: number;
  endSeconds?: number;
  text: string;
}
export interface Shotlist {
  particulars: Particulars;
  summary?: string;
  /** The location as written, also where it names no place: "Laboratory, unnamed" still says what is seen. */
  setting?: string;
  lines: ShotlistLine[];
}

const maxLines = 5000;
/** What is written for a place that nobody knows; it must not become a name that readers filter by. */
const nowhere = /\b(unnamed|unknown|undisclosed|unspecified|various|animation|studio|n\/a)\b/i;
const time = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:[:;.]\d{2,3})?)?`;
const entry = new RegExp(
  String.raw`^(?:(\d{1,4})[.)]\s*)?[[(]?(${time})(?:\s*(?:-|–|—|to)\s*(${time}))?[\])]?[\s:.–—-]*(.*)$`,
  'i',
);
const numbered = /^(\d{1,4})[.)]\s+(.+)$/;
const header =
  /^(headline|title|slug|location|place|date|source|credit|copyright|restrictions?|embargo|summary|storyline|keywords|people|language|duration|shotlist|shot list)\s*:\s*(.*)$/i;

/**
 * Reads a shotlist as agencies write it: header lines (`HEADLINE: ...`), then lines of `HH:MM:SS:FF text`,
 * `HH:MM:SS text`, `MM:SS text` or `start - end text`, numbered or not; a line without a time continues the one
 * before it.
 * @param rate how the video counts the frames of `HH:MM:SS:FF`.
 * @throws RefusedError where an embargo is named that no machine can keep.
 */
export function parseShotlist(content: string, rate: TimecodeRate): Shotlist {
  const headers = new Map<string, string>();
  const lines: ShotlistLine[] = [];
  let open: 'headers' | 'summary' | 'lines' = 'headers';
  for (const line of plainText(content, textLimits.story).split('\n')) {
    if (line === '') continue;
    const named = header.exec(line);
    const timed = entry.exec(line);
    const counted = numbered.exec(line);
    if (named !== null) {
      const name = headerName(named[1] as string);
      open = name === 'shotlist' ? 'lines' : name === 'summary' ? 'summary' : 'headers';
      if (name !== 'shotlist' && named[2] !== '') headers.set(name, named[2] as string);
    } else if (timed !== null) {
      open = 'lines';
      lines.push(timedLine(timed, rate));
    } else if (counted !== null && open === 'lines') {
      lines.push({ text: counted[2] as string });
    } else if (open === 'lines' && lines.length > 0) {
      const last = lines.at(-1) as ShotlistLine;
      last.text = `${last.text} ${line}`.trim();
    } else if (open === 'summary') headers.set('summary', `${headers.get('summary') ?? ''} ${line}`.trim());
    if (lines.length > maxLines) throw new RefusedError(`The shotlist has more than ${maxLines} lines.`);
  }
  const summary = headers.get('summary');
  const setting = headers.get('location');
  return {
    particulars: particularsOf(headers),
    ...(summary === undefined ? {} : { summary: plainLine(summary, textLimits.caption) }),
    ...(setting === undefined ? {} : { setting: plainLine(setting, textLimits.fact) }),
    lines: lines
      .map((line) => ({ ...line, text: plainLine(line.text, textLimits.caption) }))
      .filter(({ text }) => text !== ''),
  };
}

function headerName(name: string): string {
  const known = name.toLowerCase();
  if (known === 'title') return 'headline';
  if (known === 'place') return 'location';
  if (known === 'storyline') return 'summary';
  if (known === 'shot list') return 'shotlist';
  return known === 'restriction' ? 'restrictions' : known;
}

function timedLine(match: RegExpExecArray, rate: TimecodeRate): ShotlistLine {
  const startSeconds = secondsOf(match[2], rate);
  const endSeconds = secondsOf(match[3], rate);
  return {
    ...(startSeconds === undefined ? {} : { startSeconds }),
    ...(endSeconds === undefined || endSeconds <= (startSeconds ?? 0) ? {} : { endSeconds }),
    text: match[4] as string,
  };
}

function secondsOf(text: string | undefined, rate: TimecodeRate): number | undefined {
  if (text === undefined) return undefined;
  const parts = text.split(/[:;.]/);
  if (parts.length === 4) {
    const padded = text.padStart(11, '0');
    const frame = parseTimecode(padded, rate);
    return frame === undefined ? undefined : frame / rate.framesPerSecond;
  }
  return parts.reduce((seconds, part) => seconds * 60 + Number(part), 0);
}

function particularsOf(headers: ReadonlyMap<string, string>): Particulars {
  const list = (name: string) => headers.get(name)?.split(/\s*[,;]\s*/);
  return {
    headline: headers.get('headline') ?? headers.get('slug'),
    caption: headers.get('summary'),
    place: nowhere.test(headers.get('location') ?? '') ? undefined : headers.get('location'),
    createdAt: dayOf(headers.get('date')),
    credit: headers.get('source') ?? headers.get('credit'),
    copyright: headers.get('copyright'),
    usageTerms: headers.get('restrictions'),
    keywords: list('keywords'),
    people: list('people'),
    embargoUntil: embargoOf(headers.get('embargo')),
  };
}

/** `2026-05-01`, `1 May 2026` or an instant; a day begins in UTC. Undefined where it is no date. */
function dayOf(text: string | undefined): string | undefined {
  if (text === undefined || !/\d{4}/.test(text)) return undefined;
  const date = new Date(
    /[zZ]$|[+-]\d{2}:?\d{2}$/.test(text) || /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : `${text} UTC`,
  );
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function embargoOf(text: string | undefined): string | undefined {
  if (text === undefined || /^(none|no)\b/i.test(text)) return undefined;
  const isInstant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const date = new Date(text);
  if (!isInstant || Number.isNaN(date.getTime()))
    throw new RefusedError(
      `The shotlist's EMBARGO line "${plainLine(text, 60)}" is no date and time with offset, like 2026-05-01T06:00:00Z. Correct it and send it again.`,
    );
  return date.toISOString();
}

/** The beginning of a video's own clock in seconds: 0, or an hour where its first timecode is `01:00:00:00`. */
export function clockStartSeconds(startTimecode: string, rate: TimecodeRate): number {
  return (
    (parseTimecode(startTimecode, rate) ?? parseTimecode(formatTimecode(0, rate), rate) ?? 0) / rate.framesPerSecond
  );
}
