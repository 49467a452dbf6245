import { type SearchResponse, searchResponseSchema } from '../../lambdas/contracts/api.ts';
import type { ApiCaller } from '../../local/supervisor/api-caller.ts';

export interface Asked {
  status: number;
  wallMilliseconds: number;
  /** Undefined where the status is not 200. */
  answer?: SearchResponse;
}

/** One request to the API, timed from here. */
export async function ask(api: ApiCaller, parameters: Record<string, string>): Promise<Asked> {
  const startedAt = performance.now();
  const response = await api.call(`/search?${new URLSearchParams(parameters)}`);
  const body: unknown = await response.json();
  const wallMilliseconds = performance.now() - startedAt;
  return {
    status: response.status,
    wallMilliseconds,
    ...(response.status === 200 ? { answer: searchResponseSchema.parse(body) } : {}),
  };
}

/** One client asks them one after the other. */
export async function askEach(
  api: ApiCaller,
  texts: readonly string[],
  parameters: Record<string, string> = {},
): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (const q of texts) asked.push(await ask(api, { q, ...parameters }));
  return asked;
}
