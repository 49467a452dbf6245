/** The widths at which the page is looked at, in CSS pixels: a phone, a tablet on end and a desk. */
export const widths = [
  { name: 'phone', width: 390, height: 844 },
  { name: 'tablet', width: 834, height: 1112 },
  { name: 'desktop', width: 1440, height: 900 },
] as const;
export type Width = (typeof widths)[number];

export const schemes = ['light', 'dark'] as const;
