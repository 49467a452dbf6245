import { z } from 'zod';

const instant = z.iso.datetime();

/** Asks for a count of the archive's names and words from nothing, begun no earlier than this. */
export const recountRequestSchema = z.object({ notBefore: instant });
export type RecountRequest = z.infer<typeof recountRequestSchema>;

/** When the count from nothing that is in use was begun: what had left the index by then is not in it. */
export const recountDoneSchema = z.object({ begunAt: instant });
export type RecountDone = z.infer<typeof recountDoneSchema>;
