import type { Endpoint } from '../../lambdas/search/understand.ts';

type Invoke = (request: unknown, schema: unknown, options: { timeoutMilliseconds: number }) => Promise<unknown>;
const invokeOf = (endpoint: Endpoint): Invoke => endpoint.invokeJson.bind(endpoint) as unknown as Invoke;
const asEndpoint = (invoke: Invoke): Endpoint => ({ invokeJson: invoke as unknown as Endpoint['invokeJson'] });

/**
 * Keeps an answer that came after its deadline, so that whoever asks the same again has it at once. What comes in time
 * is computed each time: latencies stay true.
 */
export function keepingLateAnswers(endpoint: Endpoint): Endpoint {
  const late = new Map<string, Promise<unknown>>();
  const invoke = invokeOf(endpoint);
  return asEndpoint(async (request, schema, options) => {
    const key = JSON.stringify(request);
    const startedAt = performance.now();
    const answer = late.get(key) ?? invoke(request, schema, options);
    late.set(key, answer);
    try {
      return await answer;
    } finally {
      if (performance.now() - startedAt < options.timeoutMilliseconds) late.delete(key);
    }
  });
}
