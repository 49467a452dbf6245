import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { z } from 'zod';
import type { problemSchema } from '../contracts/api.ts';

export type ProblemStatus = 400 | 403 | 404 | 409 | 410 | 500 | 503;

/** An answer other than the one that was asked for; its message is a sentence for the person at the page. */
export class Problem extends Error {
  override readonly name: string;
  readonly status: ProblemStatus;
  constructor(status: ProblemStatus, name: string, message: string) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

/** An answer as JSON that no cache keeps and no browser takes for a page. */
export const jsonAnswer = (statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  },
  body: JSON.stringify(body),
});

/** What the caller is told of an error: its own faults in full, ours without their insides. */
export function problemAnswer(error: unknown): APIGatewayProxyStructuredResultV2 {
  const problem = problemOf(error);
  const body: z.infer<typeof problemSchema> = { error: problem.name, message: problem.message };
  return jsonAnswer(problem.status, body);
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(500, 'InternalError', 'The archive could not answer. Try again in a moment.');
}

/** @throws Problem 400 that names each field which does not fit. */
export function parseRequest<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Problem(400, 'InvalidRequest', z.prettifyError(result.error));
}

/** @throws Problem 400 where the body is no JSON. */
export function parseJsonBody(body: string | undefined, isBase64Encoded: boolean): unknown {
  try {
    return JSON.parse(isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString('utf8') : (body ?? ''));
  } catch {
    throw new Problem(400, 'InvalidRequest', 'The request’s body is not JSON.');
  }
}
