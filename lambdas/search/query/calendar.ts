/** Days as `YYYY-MM-DD`, both inclusive; an open side is absent. */
export interface Period {
  from?: string;
  to?: string;
}
export type ClosedPeriod = Required<Period>;

const dayMilliseconds = 24 * 3600 * 1000;
const dayOf = (date: Date): string => date.toISOString().slice(0, 10);
const noon = (day: string): Date => new Date(`${day}T12:00:00Z`);

/** The day that it is in a time zone. @throws RangeError for a zone that does not exist. */
export const today = (now: Date, zone: string): string =>
  // The Swedish manner of writing a date is ISO's.
  new Intl.DateTimeFormat('sv-SE', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(now);

export const plusDays = (day: string, days: number): string =>
  dayOf(new Date(noon(day).getTime() + days * dayMilliseconds));
export const oneDay = (day: string): ClosedPeriod => ({ from: day, to: day });
export const yearOf = (day: string): number => Number(day.slice(0, 4));
export const monthOf = (day: string): number => Number(day.slice(5, 7));

/** @param month from 1; 0 and 13 are the neighbouring years'. */
export function wholeMonth(year: number, month: number, months = 1): ClosedPeriod {
  return {
    from: dayOf(new Date(Date.UTC(year, month - 1, 1, 12))),
    to: dayOf(new Date(Date.UTC(year, month - 1 + months, 0, 12))),
  };
}
export const wholeYear = (year: number): ClosedPeriod => wholeMonth(year, 1, 12);

/** Monday to Sunday, as ISO 8601 counts. */
export function weekAround(day: string): ClosedPeriod {
  const sinceMonday = (noon(day).getUTCDay() + 6) % 7;
  const monday = plusDays(day, -sinceMonday);
  return { from: monday, to: plusDays(monday, 6) };
}

const seasonStart = { spring: 3, summer: 6, autumn: 9, fall: 9, winter: 12 } as const;
export type Season = keyof typeof seasonStart;

/** The meteorological season of the north that begins in this year: winter 2023 ends in February 2024. */
export const season = (name: Season, year: number): ClosedPeriod => wholeMonth(year, seasonStart[name], 3);
