import { deadlineMilliseconds } from '../../lambdas/search/settings.ts';
import type { ApiCaller } from '../../local/supervisor/api-caller.ts';
import { type Asked, askEach } from './load.ts';

export const stoppable = ['embed', 'entities', 'rerank'] as const;
export type Stoppable = (typeof stoppable)[number];

interface Served {
  endpointName: string;
  variantName: string;
  image: string;
  modelDataUrl: string;
}

/** What the API answers while one endpoint is gone from the model server; afterwards it serves again. */
export async function whileStopped(
  { api, models }: { api: ApiCaller; models: string },
  part: Stoppable,
  texts: readonly string[],
): Promise<Asked[]> {
  const { endpoints } = (await (await fetch(`${models}/endpoints`)).json()) as { endpoints: Served[] };
  const served = endpoints.find(({ endpointName }) => endpointName.endsWith(`-${part}`));
  if (served === undefined) throw new Error(`the model server serves no ${part}`);
  const { endpointName, variantName, image, modelDataUrl } = served;
  const address = `${models}/endpoints/${endpointName}`;
  await must(fetch(address, { method: 'DELETE' }));
  try {
    return await askEach(api, texts);
  } finally {
    await must(
      fetch(address, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ variants: [{ variantName, image, modelDataUrl }] }),
      }),
    );
  }
}

/** Whether every answer came, named the part that was missing, and did not wait for it beyond its deadline. */
export const isDegradedInTime = (part: Stoppable, asked: readonly Asked[]): boolean =>
  asked.every(
    ({ status, answer }) =>
      status === 200 &&
      answer?.degraded.some((degraded) => degraded.part === part) === true &&
      (answer.tookMilliseconds[part === 'rerank' ? 'rerank' : 'understand'] ?? 0) <=
        deadlineMilliseconds[part] + graceMilliseconds,
  );

/** A timer on a busy machine fires late. */
const graceMilliseconds = 250;

async function must(answering: Promise<Response>): Promise<void> {
  const answer = await answering;
  if (!answer.ok) throw new Error(`the model server answered ${answer.status}: ${await answer.text()}`);
}
