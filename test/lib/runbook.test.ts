import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { alarmCatalogue, runbook } from '../../lib/monitoring/catalogue.ts';
import { root } from '../../setup/places.ts';

const headings = [...readFileSync(path.join(root, runbook), 'utf8').matchAll(/^## (.+)$/gm)].map(
  ([, heading]) => heading,
);

describe('the runbook', () => {
  it.each(Object.values(alarmCatalogue).map(({ heading }) => heading))('has a heading for "%s"', (heading) => {
    expect(headings.filter((other) => other === heading)).toHaveLength(1);
  });

  it('has no heading for an alarm that does not exist', () => {
    const known: string[] = Object.values(alarmCatalogue).map(({ heading }) => heading);
    expect(headings.filter((heading) => !known.includes(heading ?? ''))).toEqual([]);
  });

  it('says what to do under each heading', () => {
    const sections = readFileSync(path.join(root, runbook), 'utf8').split(/^## /m).slice(1);
    expect(sections.filter((section) => section.split('\n').slice(1).join(' ').trim().length < 80)).toEqual([]);
  });
});
