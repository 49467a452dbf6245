import type { z } from 'zod';
import {
  assetResponseSchema,
  type CreateUploadRequest,
  createUploadResponseSchema,
  nearDuplicateGroupSchema,
  problemSchema,
  searchResponseSchema,
  statusResponseSchema,
  uploadsResponseSchema,
} from '../../../lambdas/contracts/api.ts';
import { pageConfig } from '../session/page-config.ts';

/** The API said no; the message is its own sentence. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Call {
  token: () => Promise<string>;
  signal?: AbortSignal;
}

async function call<S extends z.ZodType>(
  schema: S,
  path: string,
  { token, signal }: Call,
  body?: unknown,
): Promise<z.infer<S>> {
  const { apiUrl } = await pageConfig();
  const answer = await fetch(`${apiUrl.replace(/\/$/, '')}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${await token()}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
  const content: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok) {
    const problem = problemSchema.safeParse(content);
    throw new ApiError(
      answer.status,
      problem.success
        ? problem.data.message
        : answer.status === 401
          ? 'Your session has ended: sign in again.'
          : `The archive answered ${answer.status}: try again in a moment.`,
    );
  }
  return schema.parse(content) as z.infer<S>;
}

export const searchArchive = (parameters: URLSearchParams, how: Call) =>
  call(searchResponseSchema, `/search?${parameters}`, how);
export const getAsset = (assetId: string, how: Call) => call(assetResponseSchema, `/assets/${assetId}`, how);
const groupOf = (assetId: string) => `/assets/${assetId}/near-duplicates`;
export const getNearDuplicates = (assetId: string, how: Call) => call(nearDuplicateGroupSchema, groupOf(assetId), how);
export const joinNearDuplicates = (assetId: string, otherId: string, how: Call) =>
  call(nearDuplicateGroupSchema, groupOf(assetId), how, { assetId: otherId });
export const splitNearDuplicate = (assetId: string, how: Call) =>
  call(nearDuplicateGroupSchema, `${groupOf(assetId)}/split`, how, {});
export const getStatus = (how: Call) => call(statusResponseSchema, '/status', how);
export const listUploads = (desk: string, how: Call) =>
  call(uploadsResponseSchema, `/uploads?${new URLSearchParams({ desk, limit: '100' })}`, how);
export const createUpload = (request: CreateUploadRequest, how: Call) =>
  call(createUploadResponseSchema, '/uploads', how, request);
