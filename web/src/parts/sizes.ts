const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const formats = units.map(
  (unit, power) => new Intl.NumberFormat('en-GB', { style: 'unit', unit, maximumFractionDigits: power < 2 ? 0 : 1 }),
);

/** A file's size in the decimal unit that says most: "2 kB", "1.4 MB". */
export function sizeOf(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return formats[power]?.format(bytes / 1000 ** power) ?? `${bytes} byte`;
}
