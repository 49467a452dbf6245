import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { z } from 'zod';
import {
  assetResponseSchema,
  createUploadResponseSchema,
  nearDuplicateGroupSchema,
  statusResponseSchema,
  uploadsResponseSchema,
} from '../contracts/api.ts';
import { jsonAnswer, Problem, parseJsonBody } from '../runtime/problems.ts';
import { createUpload } from './create-upload.ts';
import { listUploads } from './list-uploads.ts';
import { type GroupClients, joinGroup, showGroup, splitFromGroup } from './near-duplicate-group.ts';
import { openApiDocument } from './openapi.ts';
import { showAsset } from './show-asset.ts';
import { showStatus } from './show-status.ts';

export interface ApiClients extends GroupClients {
  endpoints: Parameters<typeof showStatus>[1];
  deployment: Parameters<typeof showStatus>[2];
}
type Request = Pick<
  APIGatewayProxyEventV2,
  'routeKey' | 'queryStringParameters' | 'pathParameters' | 'body' | 'isBase64Encoded'
> & {
  /** Who is signed in, as the authoriser knows them. */
  editor: string;
  /** Their desks. */
  desks: readonly string[] | 'all';
};

/** An answer that breaks its own contract is our fault and must not leave. */
const answer = <Schema extends z.ZodType>(schema: Schema, body: z.input<Schema>): APIGatewayProxyStructuredResultV2 =>
  jsonAnswer(200, schema.parse(body));

/** Answers one request of the HTTP API. @throws Problem for what the caller can mend; anything else is a fault of ours. */
export async function serve(clients: ApiClients, request: Request): Promise<APIGatewayProxyStructuredResultV2> {
  switch (request.routeKey) {
    case 'POST /uploads': {
      const body = parseJsonBody(request.body, request.isBase64Encoded);
      return answer(createUploadResponseSchema, await createUpload(clients.originals, body));
    }
    case 'GET /uploads':
      return answer(
        uploadsResponseSchema,
        await listUploads(clients.ledger, request.queryStringParameters ?? {}, request.desks),
      );
    case 'GET /assets/{assetId}':
      return answer(assetResponseSchema, await showAsset(clients, request.pathParameters?.['assetId']));
    case 'GET /assets/{assetId}/near-duplicates':
      return answer(nearDuplicateGroupSchema, await showGroup(clients, request.pathParameters?.['assetId']));
    case 'POST /assets/{assetId}/near-duplicates': {
      const body = parseJsonBody(request.body, request.isBase64Encoded);
      const { editor, pathParameters } = request;
      return answer(nearDuplicateGroupSchema, await joinGroup(clients, pathParameters?.['assetId'], body, editor));
    }
    case 'POST /assets/{assetId}/near-duplicates/split':
      return answer(
        nearDuplicateGroupSchema,
        await splitFromGroup(clients, request.pathParameters?.['assetId'], request.editor),
      );
    case 'GET /status':
      return answer(
        statusResponseSchema,
        await showStatus(clients.ledger, clients.endpoints, clients.deployment, clients.captions),
      );
    case 'GET /openapi.json':
      return jsonAnswer(200, openApiDocument());
    default:
      throw new Problem(404, 'NotFound', 'There is nothing here.');
  }
}
