import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { acceptedFile } from '../../evaluation/gate/gate.ts';
import { type Accepted, acceptedSchema, objections, tolerance } from '../../evaluation/gate/judge.ts';
import { root } from '../../setup/places.ts';

const accepted: Accepted = {
  collection: 'a',
  models: { embed: 'one 1' },
  tolerance,
  figures: { overall: 80, classes: { person: 90, place: 70 } },
};
const found = (overall: number, classes: Record<string, number> = { person: 90, place: 70 }) => ({
  collection: 'a',
  models: {},
  figures: { overall, classes },
});

describe('the gate', () => {
  it('lets the same, the better and what lies within the tolerance pass', () => {
    expect(objections(accepted, found(80))).toEqual([]);
    expect(objections(accepted, found(95, { person: 99, place: 99, more: 1 }))).toEqual([]);
    expect(objections(accepted, found(80 - tolerance.overall))).toEqual([]);
  });

  it('names what fell', () => {
    expect(objections(accepted, found(79))).toEqual(['nDCG@10 fell from 80.0 to 79.0, by more than 0.5 points.']);
    expect(objections(accepted, found(80, { person: 80, place: 70 }))).toEqual([
      'nDCG@10 of person fell from 90.0 to 80.0, by more than 4 points.',
    ]);
  });

  it('objects to a class that is gone and to another collection', () => {
    expect(objections(accepted, found(80, { person: 90 }))).toEqual(['nDCG@10 of place is not measured any more.']);
    expect(objections({ ...accepted, collection: 'b' }, found(99))).toHaveLength(1);
  });
});

describe('accepted figures', () => {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();

  it('have the stated tolerance', () => {
    expect(acceptedSchema.parse(JSON.parse(readFileSync(acceptedFile, 'utf8'))).tolerance).toEqual(tolerance);
  });

  it('came in a commit of their own', () => {
    const commit = git('log', '-1', '--format=%H', '--', 'evaluation/accepted.json');
    // A shallow clone's one commit holds everything and tells nothing.
    const isTold = commit !== '' && git('log', '-1', '--format=%P', commit) !== '';
    const files = isTold ? git('show', '--format=', '--name-only', commit).split('\n') : ['evaluation/accepted.json'];
    expect(files).toEqual(['evaluation/accepted.json']);
  });
});
