/** How soon somebody must look. The word is part of every alarm's description and of its composite's name. */
export const severities = {
  page: 'Editors lose work or cannot search: look now, at any hour',
  ticket: 'Something works worse than it should: look within the working day',
} as const;
export type Severity = keyof typeof severities;
