import type { VectorIndex } from '../clients/vector-index.ts';
import { Problem } from '../runtime/problems.ts';
import type { Clause } from './filters.ts';
import { deadlineMilliseconds } from './settings.ts';

export type SimilarIndex = Pick<VectorIndex, 'vectorOf'>;

/**
 * The vector of the document that others are to be like.
 * @throws Problem 404 where no reader may find that document, which is no different from one that does not exist.
 */
export async function vectorOfDocument(index: SimilarIndex, documentId: string, visible: Clause): Promise<number[]> {
  const vector = await index.vectorOf(documentId, visible, { timeoutMilliseconds: deadlineMilliseconds.vectors });
  if (vector === undefined) throw new Problem(404, 'NotFound', 'There is no such document to compare with.');
  return vector;
}
