import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../lib/config/deployment.ts';
import { alarmCatalogue, anchorOf, runbook } from '../../lib/monitoring/catalogue.ts';

const headings = [...readFileSync(path.join(root, runbook), 'utf8').matchAll(/^## (.+)$/gm)].map(
  ([, heading = '']) => heading,
);

describe('the runbook', () => {
  it.each(Object.values(alarmCatalogue).map(({ heading }) => heading))('says what to do about "%s"', (heading) => {
    expect(headings).toContain(heading);
  });

  it('has an anchor of its own for each heading', () => {
    const anchors = Object.values(alarmCatalogue).map(({ heading }) => anchorOf(heading));
    expect(new Set(anchors).size).toBe(anchors.length);
  });
});

describe('an anchor', () => {
  it('is what GitHub makes of a heading', () => {
    expect(anchorOf('Admit: uploads in the dead letter queue')).toBe('admit-uploads-in-the-dead-letter-queue');
    expect(anchorOf('API: server errors (5XX)')).toBe('api-server-errors-5xx');
  });
});
