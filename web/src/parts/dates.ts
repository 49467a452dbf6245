const dayFormat = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});
const timeFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

export const dayOf = (instant: string): string => dayFormat.format(new Date(instant));
const dateTimeFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

/** In the reader's own time zone. */
export const dateTimeOf = (instant: string): string => dateTimeFormat.format(new Date(instant));
export const timeOf = (instant: string): string => timeFormat.format(new Date(instant));
