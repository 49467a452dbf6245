import { z } from 'zod';
import {
  assetResponseSchema,
  createUploadRequestSchema,
  createUploadResponseSchema,
  nearDuplicateGroupSchema,
  nearDuplicateJoinSchema,
  problemSchema,
  searchQuerySchema,
  searchResponseSchema,
  statusResponseSchema,
  uploadsQuerySchema,
  uploadsResponseSchema,
} from '../contracts/api.ts';
import { assetIdSchema } from '../contracts/assets.ts';

type JsonSchema = Record<string, unknown>;

/** OpenAPI 3.1 takes JSON Schema 2020-12 as it stands, which is what zod writes. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io });
  return rest;
}

const jsonContent = (schema: JsonSchema) => ({ 'application/json': { schema } });
const reference = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const assetIdParameter: JsonSchema = {
  name: 'assetId',
  in: 'path',
  required: true,
  schema: schemaOf(assetIdSchema, 'input'),
};

const problems: Record<string, string> = {
  400: 'The request does not fit; the message names the field.',
  401: 'No valid token.',
  403: 'Withheld, or under embargo.',
  404: 'No such asset.',
  409: 'Not described yet, or in no group.',
  410: 'Refused or withdrawn.',
  500: 'The archive could not answer.',
};

function answers(schemaName: string, codes: readonly number[]) {
  const failures = [401, ...codes, 500].map((code) => [
    String(code),
    // API Gateway answers 401 itself, with a body of its own.
    { description: problems[code], ...(code === 401 ? {} : { content: jsonContent(reference('Problem')) }) },
  ]);
  return {
    200: { description: 'The answer.', content: jsonContent(reference(schemaName)) },
    ...Object.fromEntries(failures),
  };
}

/** One query parameter a field; lists go as `type=photo,video`. */
function queryParameters(schema: z.ZodObject): JsonSchema[] {
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, field]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(isList(field) ? { style: 'form', explode: false, schema: listSchema } : { schema: field }),
    ...(typeof field['description'] === 'string' ? { description: field['description'] } : {}),
  }));
}

const listSchema: JsonSchema = { type: 'array', items: { type: 'string' }, maxItems: 20 };
const isList = (field: JsonSchema): boolean =>
  Array.isArray(field['anyOf']) && field['anyOf'].some((option: JsonSchema) => option['type'] === 'array');

const named: Record<string, [schema: z.ZodType, io: 'input' | 'output']> = {
  SearchResponse: [searchResponseSchema, 'output'],
  CreateUploadRequest: [createUploadRequestSchema, 'input'],
  CreateUploadResponse: [createUploadResponseSchema, 'output'],
  UploadsResponse: [uploadsResponseSchema, 'output'],
  AssetResponse: [assetResponseSchema, 'output'],
  NearDuplicateGroup: [nearDuplicateGroupSchema, 'output'],
  NearDuplicateJoin: [nearDuplicateJoinSchema, 'input'],
  StatusResponse: [statusResponseSchema, 'output'],
  Problem: [problemSchema, 'output'],
};

/** The OpenAPI 3.1 document of the whole HTTP API, made from the contracts that its handlers parse with. */
export function openApiDocument() {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Wirescope',
      version: '1.0.0',
      description: 'A newsroom’s photos, video and stories in one searchable archive.',
    },
    security: [{ editor: [] }],
    paths: {
      '/search': {
        get: {
          operationId: 'searchArchive',
          summary: 'Find photos, shots and passages',
          parameters: queryParameters(searchQuerySchema),
          responses: answers('SearchResponse', [400]),
        },
      },
      '/uploads': {
        get: {
          operationId: 'listUploads',
          summary: 'A desk’s uploads and how far their assets have come',
          parameters: queryParameters(uploadsQuerySchema),
          responses: answers('UploadsResponse', [400]),
        },
        post: {
          operationId: 'createUpload',
          summary: 'A place to put one file: send it there with the headers of the answer',
          requestBody: { required: true, content: jsonContent(reference('CreateUploadRequest')) },
          responses: answers('CreateUploadResponse', [400]),
        },
      },
      '/assets/{assetId}': {
        get: {
          operationId: 'showAsset',
          summary: 'One asset with its shots or passages',
          parameters: [assetIdParameter],
          responses: answers('AssetResponse', [400, 403, 404, 409, 410]),
        },
      },
      '/assets/{assetId}/near-duplicates': {
        get: {
          operationId: 'showNearDuplicates',
          summary: 'The group of near-duplicates that an asset is in',
          parameters: [assetIdParameter],
          responses: answers('NearDuplicateGroup', [400, 403, 404, 409, 410]),
        },
        post: {
          operationId: 'joinNearDuplicates',
          summary: 'Say that this asset and another one are the same content, for good',
          parameters: [assetIdParameter],
          requestBody: { required: true, content: jsonContent(reference('NearDuplicateJoin')) },
          responses: answers('NearDuplicateGroup', [400, 403, 404, 409, 410]),
        },
      },
      '/assets/{assetId}/near-duplicates/split': {
        post: {
          operationId: 'splitNearDuplicate',
          summary: 'Take an asset out of its group, for good',
          parameters: [assetIdParameter],
          responses: answers('NearDuplicateGroup', [400, 403, 404, 409, 410]),
        },
      },
      '/status': {
        get: {
          operationId: 'showStatus',
          summary: 'What runs, and which models serve',
          responses: answers('StatusResponse', []),
        },
      },
      '/openapi.json': {
        get: {
          operationId: 'openApi',
          summary: 'This document',
          responses: { 200: { description: 'OpenAPI 3.1', content: jsonContent({ type: 'object' }) } },
        },
      },
    },
    components: {
      securitySchemes: { editor: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: Object.fromEntries(Object.entries(named).map(([name, [schema, io]]) => [name, schemaOf(schema, io)])),
    },
  };
}
