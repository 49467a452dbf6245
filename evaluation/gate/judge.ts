import { z } from 'zod';

/** nDCG@10 in per cent, of what a reader gets. */
const figuresSchema = z.object({ overall: z.number(), classes: z.record(z.string(), z.number()) });
export type Figures = z.infer<typeof figuresSchema>;

/** What was accepted, and of what: another collection or other models have figures of their own. */
export const acceptedSchema = z.object({
  /** SHA-256 over the collection's corpus, queries and judgements. */
  collection: z.string(),
  models: z.record(z.string(), z.string()),
  /** How many points a figure may lie below the accepted one. */
  tolerance: z.object({ overall: z.number().positive(), class: z.number().positive() }),
  figures: figuresSchema,
});
export type Accepted = z.infer<typeof acceptedSchema>;

/** Floating point on another processor moves a rank here and there; a class of nine queries moves more than all of them. */
export const tolerance = { overall: 0.5, class: 4 } as const;

/** @returns a sentence for every reason not to let a change through; none where it may pass. */
export function objections(accepted: Accepted, found: Omit<Accepted, 'tolerance'>): string[] {
  if (accepted.collection !== found.collection)
    return ['The collection is not the one whose figures were accepted: accept the figures of this one.'];
  const reasons: string[] = [];
  const compare = (what: string, then: number, now: number | undefined, allowed: number): void => {
    if (now === undefined) reasons.push(`${what} is not measured any more.`);
    else if (now < then - allowed)
      reasons.push(`${what} fell from ${then.toFixed(1)} to ${now.toFixed(1)}, by more than ${allowed} points.`);
  };
  compare('nDCG@10', accepted.figures.overall, found.figures.overall, accepted.tolerance.overall);
  for (const [name, then] of Object.entries(accepted.figures.classes))
    compare(`nDCG@10 of ${name}`, then, found.figures.classes[name], accepted.tolerance.class);
  return reasons;
}
