import { z } from 'zod';

/**
 * The one rule of what may be seen, and by whom. Words and pictures of an asset are shown to nobody, whatever their desk
 * or group, until it is known to be released: described, neither withheld nor under embargo. Until then its arrival is
 * told to its own desk alone, by the name under which it was sent.
 */
export const holdSchema = z.object({
  /** ninjs `pubstatus`: kept, and never shown. */
  withheld: z.boolean(),
  /** Shown to nobody before this moment. */
  embargoUntil: z.iso.datetime({ offset: true }).optional(),
});
/** What its sources say must be waited for; absent as long as nobody has read them. */
export type Hold = z.infer<typeof holdSchema>;

export const releaseSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('released') }),
  z.object({ state: z.literal('withheld') }),
  z.object({ state: z.literal('embargoed'), until: z.string() }),
  /** Nobody has read its sources yet, so nobody may see it. */
  z.object({ state: z.literal('unknown') }),
]);
export type Release = z.infer<typeof releaseSchema>;

/** What holds an asset back as a whole: any one of its parts does, and the latest of their embargoes. */
export function holdOf(parts: readonly Hold[]): Hold | undefined {
  if (parts.length === 0) return undefined;
  const latest = parts
    .flatMap(({ embargoUntil }) => embargoUntil ?? [])
    .reduce<string | undefined>(
      (last, each) => (last === undefined || Date.parse(each) > Date.parse(last) ? each : last),
      undefined,
    );
  return {
    withheld: parts.some(({ withheld }) => withheld),
    ...(latest === undefined ? {} : { embargoUntil: latest }),
  };
}

/** Whether it may be seen now. An embargo ends at its moment, not after it. */
export function releaseOf(hold: Hold | undefined, now: Date): Release {
  if (hold === undefined) return { state: 'unknown' };
  if (hold.withheld) return { state: 'withheld' };
  const { embargoUntil } = hold;
  return embargoUntil !== undefined && Date.parse(embargoUntil) > now.getTime()
    ? { state: 'embargoed', until: embargoUntil }
    : { state: 'released' };
}

/** The same rule for the index: what no answer of it may hold (`must_not`) at this instant. */
export const heldBackClauses = (instant: string): Record<string, unknown>[] => [
  { term: { withheld: true } },
  { range: { embargoUntil: { gt: instant } } },
];
