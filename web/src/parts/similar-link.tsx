import { Link } from 'react-router';
import type { AssetKind, DocumentKind } from '../../../lambdas/contracts/assets.ts';

const likeness: Record<DocumentKind, { words: string; type: AssetKind }> = {
  photo: { words: 'Similar images', type: 'photo' },
  shot: { words: 'Similar shots', type: 'video' },
  passage: { words: 'Similar passages', type: 'story' },
};

/** A search for what is near this document and of its kind; the filter is taken away like any other. */
export function SimilarLink({ documentId, kind }: { documentId: string; kind: DocumentKind }) {
  const { words, type } = likeness[kind];
  return (
    <Link className="quiet-link" to={`/?${new URLSearchParams({ similar: documentId, type })}`}>
      {words}
    </Link>
  );
}
