import { expect, it } from 'vitest';
import { stuckAfterMinutes, stuckSince } from '../../../lambdas/operate/stuck.ts';

it('counts as stuck what was last heard of before the longest step could still be at work', () => {
  expect(stuckSince(new Date('2026-03-01T10:30:00Z'))).toBe('2026-03-01T10:00:00.000Z');
  expect(stuckAfterMinutes).toBeGreaterThan(15);
});
