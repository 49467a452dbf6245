import { casual, type ParsedResult } from 'chrono-node';
import {
  type ClosedPeriod,
  monthOf,
  oneDay,
  type Period,
  plusDays,
  type Season,
  season,
  today,
  weekAround,
  wholeMonth,
  wholeYear,
  yearOf,
} from './calendar.ts';
import type { Draft, Span } from './draft.ts';

interface Dated extends Span {
  period: Period;
}
type Found = Span & { period: ClosedPeriod };

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const month =
  '(?<month>january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\\.?';
const year = '(?<year>19[5-9]\\d|20[0-4]\\d)';
const seasons = '(?<season>spring|summer|autumn|fall|winter)';

type Rule = { pattern: RegExp; period: (named: Record<string, string>, today: string) => ClosedPeriod | undefined };
const rule = (pattern: string, period: Rule['period']): Rule => ({
  pattern: new RegExp(`(?<![\\p{L}\\p{N}./-])(?:${pattern})(?![\\p{L}\\p{N}]|[./-]\\p{N})`, 'giu'),
  period,
});
const monthNumber = (name = ''): number => months.indexOf(name.slice(0, 3).toLowerCase()) + 1;

/**
 * What stands for more than a day, which a reader of points in time does not say. A month or a season alone is no date
 * (`may` is a verb, `march` a rally, `spring` a source): it takes a year, or `in`, `last` and the like.
 */
const rules: readonly Rule[] = [
  rule(`(?<!\\d\\s+|\\d(?:st|nd|rd|th)\\s+|of\\s+)${month},?\\s+${year}`, ({ month, year }) =>
    wholeMonth(Number(year), monthNumber(month)),
  ),
  rule(`${seasons},?\\s+(?:of\\s+)?${year}`, ({ season: name, year }) =>
    season(name?.toLowerCase() as Season, Number(year)),
  ),
  rule(`(?:last|this|past)\\s+${seasons}`, ({ season: name }, day) =>
    lastOf((year) => season(name?.toLowerCase() as Season, year), day),
  ),
  rule(
    `(?:(?<=(?:in|since|during|until|before|after|from)\\s+)|(?:last|this)\\s+)${month}(?!\\s+\\d)`,
    ({ month }, day) => lastOf((year) => wholeMonth(year, monthNumber(month)), day),
  ),
  rule('(?<which>last|this|past)\\s+week', ({ which }, day) =>
    weekAround(which?.toLowerCase() === 'this' ? day : plusDays(day, -7)),
  ),
  rule('(?:last|this|past|over the)\\s+weekend', (_, day) => {
    const { to } = weekAround(plusDays(day, -6));
    return { from: plusDays(to, -1), to };
  }),
  rule('(?<which>last|this|past)\\s+month', ({ which }, day) =>
    wholeMonth(yearOf(day), monthOf(day) - (which?.toLowerCase() === 'this' ? 0 : 1)),
  ),
  rule('(?<which>last|this|past)\\s+year', ({ which }, day) =>
    wholeYear(yearOf(day) - (which?.toLowerCase() === 'this' ? 0 : 1)),
  ),
  rule('(?:the\\s+)?(?:last|past)\\s+(?<count>\\d{1,3})\\s+(?<unit>day|week|month|year)s?', ({ count, unit }, day) => ({
    from: plusDays(day, -Number(count) * ({ day: 1, week: 7, month: 30, year: 365 }[unit?.toLowerCase() ?? ''] ?? 1)),
    to: day,
  })),
  rule(year, ({ year }) => wholeYear(Number(year))),
];

/** The latest such period that has begun. */
function lastOf(inYear: (year: number) => ClosedPeriod, day: string): ClosedPeriod {
  const own = inYear(yearOf(day));
  return own.from <= day ? own : inYear(yearOf(day) - 1);
}

/** A day that chrono is sure of, by what is written, is one; a weekday or a month's name alone may be a word. */
const saysDay =
  /\d|yesterday|today|tonight|\bago\b|\b(?:last|this|past|on)\s+(?:mon|tues|wednes|thurs|fri|satur|sun)day\b/i;
const connector = {
  since: /(?:^|\s)(?:since|after|from)\s+$/i,
  until: /(?:^|\s)(?:until|till|before|up to)\s+$/i,
  between: /\s*(?:and|to|until|till|through|-|–)\s*$/i,
  opening: /(?:^|\s)(?:between|from)\s+$/i,
  at: /(?:^|\s)(?:in|on|during|of|from|at)\s+$/i,
} as const;

/**
 * Reads when: days, months, seasons, years and spans of them become one period and leave the words. What is in a name or
 * in quotation marks is no date. Of several dates that no word joins only the first is read: two periods would leave
 * nothing between them.
 */
export function readDates(draft: Draft, now: Date, zone: string): Period {
  if (!draft.isOn('date')) return {};
  const found = datesIn(draft.open, now, zone);
  const [first] = found;
  if (first === undefined) return {};
  const { from, to } = first.period;
  const isOffered = draft.offer('date', `${from ?? ''}..${to ?? ''}`, first, became(first.period));
  if (!isOffered) return {};
  draft.remove(first);
  return first.period;
}

const became = ({ from, to }: Period): string => {
  if (from === to) return `on ${from}`;
  if (from === undefined) return `until ${to}`;
  return to === undefined ? `from ${from} on` : `from ${from} to ${to}`;
};

function datesIn(text: string, now: Date, zone: string): Dated[] {
  const day = today(now, zone);
  const found: Found[] = [];
  const add = (one: Found) => {
    if (!found.some(({ start, end }) => start < one.end && one.start < end)) found.push(one);
  };
  // The longer first, so that `3 March 2024` is not taken for March.
  for (const one of daysIn(text, day)) add(one);
  for (const { pattern, period } of rules)
    for (const match of text.matchAll(pattern)) {
      const meant = period(match.groups ?? {}, day);
      if (meant !== undefined) add({ start: match.index, end: match.index + match[0].length, period: meant });
    }
  return joined(
    text,
    found.toSorted((a, b) => a.start - b.start),
  );
}

function daysIn(text: string, day: string): Found[] {
  // Noon keeps the day in every zone that the machine may be set to.
  const results = casual.parse(text, { instant: new Date(`${day}T12:00:00Z`), timezone: 0 }, { forwardDate: false });
  return results.flatMap((result): Found[] => {
    if (!saysDay.test(result.text) || !isDay(result)) return [];
    const from = isoDay(result.start);
    const to = result.end ? isoDay(result.end) : from;
    return from > to
      ? []
      : [
          {
            start: result.index,
            end: result.index + result.text.length,
            period: from === to ? oneDay(from) : { from, to },
          },
        ];
  });
}

/** `9/11` and `24/7` are no days, `12 March` is one: a day comes with its month's name or with its year. */
function isDay({ start, text }: ParsedResult): boolean {
  if (start.isCertain('weekday') && !start.isCertain('day')) return !/^\d/.test(text);
  if (!start.isCertain('day') || !start.isCertain('month')) return false;
  return start.isCertain('year') || /\p{L}/u.test(text);
}

const isoDay = (components: ParsedResult['start']): string =>
  [components.get('year'), components.get('month'), components.get('day')]
    .map((number) => String(number ?? 0).padStart(2, '0'))
    .join('-');

/** Joins what belongs together: two dates with a word between them, and a date with the word before it. */
function joined(text: string, found: readonly Found[]): Dated[] {
  const dated: Dated[] = [];
  for (let at = 0; at < found.length; at++) {
    const one = found[at] as Found;
    const next = found[at + 1];
    const before = text.slice(0, one.start);
    const opening = connector.opening.exec(before);
    if (
      next &&
      opening &&
      one.period.from <= next.period.to &&
      connector.between.exec(text.slice(one.end, next.start))?.index === 0
    ) {
      const period = { from: one.period.from, to: next.period.to };
      dated.push({ start: startOf(opening), end: next.end, period });
      at += 1;
      continue;
    }
    const since = connector.since.exec(before);
    const until = connector.until.exec(before);
    const word = since ?? until ?? connector.at.exec(before);
    const start = word ? startOf(word) : one.start;
    const isAfter = /after\s+$/i.test(before);
    const isBefore = /before\s+$/i.test(before);
    if (since && !/from\s+$/i.test(before))
      dated.push({ start, end: one.end, period: { from: isAfter ? plusDays(one.period.to, 1) : one.period.from } });
    else if (until)
      dated.push({ start, end: one.end, period: { to: isBefore ? plusDays(one.period.from, -1) : one.period.to } });
    else dated.push({ start, end: one.end, period: one.period });
  }
  return dated;
}

const startOf = (match: RegExpExecArray): number => match.index + (/^\s/.test(match[0]) ? 1 : 0);
