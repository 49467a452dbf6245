import type { z } from 'zod';
import type { ModelIdentity } from '../clients/model-batches.ts';
import type { ModelEndpoint } from '../clients/model-endpoint.ts';
import { RetryableError } from '../runtime/errors.ts';

export type Endpoint = Pick<ModelEndpoint, 'invokeJson'>;

const isSame = (answer: unknown, { name, version }: ModelIdentity): boolean => {
  const { model, version: answered } = Object(answer) as { model?: unknown; version?: unknown };
  return model === name && answered === version;
};

/**
 * The embed endpoints as one that answers by one version of the model, whichever of them serves it at the moment: an
 * endpoint that is being updated answers by the old version for a while, and by the new one from one call to the next.
 * @param endpoints the likeliest first
 */
export function versionEndpoint(wanted: ModelIdentity, endpoints: readonly Endpoint[]): Endpoint {
  return {
    /** @throws RetryableError ModelMismatchError where none answers by it; what `ModelEndpoint.invokeJson` throws */
    async invokeJson<Schema extends z.ZodType>(
      ...call: Parameters<typeof ModelEndpoint.prototype.invokeJson<Schema>>
    ): Promise<z.infer<Schema>> {
      const answered: string[] = [];
      for (const endpoint of endpoints) {
        const answer = await endpoint.invokeJson(...call);
        if (isSame(answer, wanted)) return answer;
        const { model, version } = Object(answer) as { model?: unknown; version?: unknown };
        answered.push(`${model} ${version}`);
      }
      throw new RetryableError(
        'ModelMismatchError',
        `${wanted.name} ${wanted.version} was asked for, and ${answered.join(' and ')} answered`,
      );
    },
  };
}
