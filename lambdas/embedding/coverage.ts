import { visibilityMilliseconds } from '../contracts/documents.ts';
import type { EmbeddingState, EndedPass } from '../contracts/embedding.ts';

/**
 * Whether the other version lacks nothing: a walk found nothing to write, and it began when every document that was
 * written to the current version alone had become visible to it.
 */
export const isCovered = ({ changedAt }: Pick<EmbeddingState, 'changedAt'>, last: EndedPass | undefined): boolean =>
  last !== undefined &&
  changedAt !== undefined &&
  last.written === 0 &&
  last.failed === 0 &&
  Date.parse(last.startedAt) >= Date.parse(changedAt) + visibilityMilliseconds;
