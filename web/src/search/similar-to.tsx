import { Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { DocumentKind } from '../../../lambdas/contracts/assets.ts';
import { parseDocumentId } from '../../../lambdas/contracts/document-id.ts';
import { getAsset } from '../api/client.ts';
import { useSession } from '../session/session.tsx';

const partWords: Record<DocumentKind, (number: number) => string> = {
  photo: () => '',
  shot: (number) => `shot ${number} of `,
  passage: (number) => `passage ${number} of `,
};

/** What the results are compared with, so that nobody has to remember where they came from. */
export function SimilarTo({ documentId, onStop }: { documentId: string; onStop: string }) {
  const { freshToken } = useSession();
  const document = parseDocumentId(documentId);
  const asset = useQuery({
    queryKey: ['asset', document?.assetId],
    queryFn: ({ signal }) => getAsset(document?.assetId ?? '', { token: freshToken, signal }),
    enabled: document !== undefined,
  });
  return (
    <Group gap="xs" component="section" aria-label="What is compared with">
      <Text fz="sm">
        Similar to{' '}
        {document && asset.data ? (
          <>
            {partWords[document.kind](document.ordinal + 1)}
            <Link className="plain-link" to={`/assets/${document.assetId}`}>
              <bdi>{asset.data.title}</bdi>
            </Link>
          </>
        ) : (
          'one document'
        )}
        , nearest first.
      </Text>
      <Text fz="sm" component="span">
        <Link className="plain-link" to={onStop}>
          Search by words again
        </Link>
      </Text>
    </Group>
  );
}
