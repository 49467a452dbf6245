/** A bulk request to OpenSearch Serverless has about 10 MiB at most; a little stays free for the action lines. */
export const maxBulkBytes = 9 * 1024 * 1024;
const maxBatchDocuments = 500;
const actionLineBytes = 128;

/** Documents in their order, in batches that each fit one bulk request; a document beyond the limit goes alone. */
export function* bulkBatches<Written extends object>(
  documents: readonly Written[],
  limitBytes = maxBulkBytes,
): Generator<Written[]> {
  let batch: Written[] = [];
  let bytes = 0;
  for (const document of documents) {
    const documentBytes = Buffer.byteLength(JSON.stringify(document)) + actionLineBytes;
    if (batch.length > 0 && (bytes + documentBytes > limitBytes || batch.length >= maxBatchDocuments)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(document);
    bytes += documentBytes;
  }
  if (batch.length > 0) yield batch;
}
