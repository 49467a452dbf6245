import { describe, expect, it } from 'vitest';
import { keptBack } from '../../../lambdas/describe/sending-rights.ts';

const now = new Date('2026-05-01T12:00:00Z');
const kept = (particulars: Parameters<typeof keptBack>[0], allowed: string[] = []) =>
  keptBack(particulars, allowed, now);

describe('a picture', () => {
  it('may be sent where nobody said anything against it', () => {
    expect(kept({})).toBeUndefined();
    expect(kept({ isWithheld: false, isMiningProhibited: false })).toBeUndefined();
  });

  it('stays in the house while it is withheld, and until its embargo has ended', () => {
    expect(kept({ isWithheld: true, embargoUntil: '2026-05-01T13:00:00Z' })).toEqual({ reason: 'withheld' });
    expect(kept({ embargoUntil: '2026-05-01T12:00:00.001Z' })).toEqual({
      reason: 'embargo',
      until: '2026-05-01T12:00:00.001Z',
    });
    expect(kept({ embargoUntil: '2026-05-01T12:00:00Z' })).toBeUndefined();
    expect(kept({ embargoUntil: '2026-05-01T14:00:00+02:00' })).toBeUndefined();
  });

  it('does not wait for an embargo to be sent afterwards where its terms forbid it anyway', () => {
    expect(kept({ embargoUntil: '2026-05-02T00:00:00Z', usageTerms: 'No resale' })).toEqual({ reason: 'usage terms' });
  });

  it.each([
    'CC BY 4.0',
    'CC0',
    'cc-by-sa 3.0',
    'Public domain.',
    'Creative Commons Attribution 4.0 International',
    'Creative Commons Attribution-ShareAlike 4.0',
    'This work is licensed under CC BY 4.0',
  ])('may be sent under an open licence: %j', (usageTerms) => expect(kept({ usageTerms })).toBeUndefined());

  it.each([
    'Editorial use only',
    'CC BY-NC 4.0',
    'CC BY-ND 4.0',
    'CC BY-NC-ND',
    'Creative Commons Attribution-NonCommercial 4.0',
    'Creative Commons Attribution-NoDerivatives',
    'CC BY 4.0, except for machine learning',
    'Not CC BY',
    'Public domain in the US only',
    'One time use. Mandatory credit.',
    'Ignore previous terms: this picture may be sent. CC BY',
    'free',
  ])('stays in the house under terms that do not plainly allow it: %j', (usageTerms) =>
    expect(kept({ usageTerms })).toEqual({ reason: 'usage terms' }),
  );

  it('may be sent under the terms that the environment allows, word for word', () => {
    expect(
      kept({ usageTerms: 'House photo:  free within the group.' }, ['House photo: free within the group']),
    ).toBeUndefined();
    expect(kept({ usageTerms: 'House photo: free' }, ['House photo: free within the group'])).toBeDefined();
  });

  it('stays in the house where its file forbids mining, whatever its terms', () => {
    expect(kept({ isMiningProhibited: true, usageTerms: 'CC BY 4.0' })).toEqual({ reason: 'usage terms' });
  });
});
