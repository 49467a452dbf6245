import type { ModelIdentity } from '../../../lambdas/clients/model-batches.ts';
import { documentId } from '../../../lambdas/contracts/document-id.ts';
import type { WirescopeDocument } from '../../../lambdas/contracts/documents.ts';
import type { Endpoint } from '../../../lambdas/embedding/version-endpoint.ts';

export const first: ModelIdentity = { name: 'embed', version: '1.0.0' };
export const second: ModelIdentity = { name: 'embed', version: '2.0.0' };

/** A vector that says which version made it, and of how long a text. */
const vectorOf = ({ version }: ModelIdentity, text: string): number[] => [Number.parseInt(version, 10), text.length];

export function document(assetId: string, ordinal: number, by: ModelIdentity, attempt = 1): WirescopeDocument {
  const text = `what document ${ordinal} says`;
  return {
    documentId: documentId(assetId, 'shot', ordinal),
    assetId,
    kind: 'shot',
    assetKind: 'video',
    ordinal,
    desk: 'sport',
    title: `title ${ordinal}`,
    text,
    context: '',
    keywords: [],
    people: [],
    arrivedAt: '2026-05-01T10:00:00Z',
    provenance: 'shotlist',
    rights: { withheld: false },
    attempt,
    entities: [],
    vector: vectorOf(by, text),
    models: { embed: by, entities: { name: 'entities', version: '1.0.0' } },
  };
}

/** An endpoint that answers by whichever version serves it at the moment. */
export function servedBy(version: () => ModelIdentity, onCall: (texts: string[]) => void = () => {}): Endpoint {
  return {
    invokeJson: (async (request: { texts: string[] }) => {
      onCall(request.texts);
      const by = version();
      return { model: by.name, version: by.version, vectors: request.texts.map((text) => vectorOf(by, text)) };
    }) as Endpoint['invokeJson'],
  };
}
