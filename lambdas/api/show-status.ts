import { z } from 'zod';
import type { AssetLedger } from '../clients/asset-ledger.ts';
import type { CaptionBudget } from '../clients/captions/caption-budget.ts';
import type { CaptionRecords } from '../clients/captions/caption-records.ts';
import { deskSpend } from '../clients/captions/spend-report.ts';
import { EndpointRequestError } from '../clients/model-endpoint.ts';
import type { StatusResponse } from '../contracts/api.ts';
import { budgetDay, type CaptionSettings, dailyLimit, modelOf } from '../contracts/captions.ts';
import {
  type EndpointName,
  embedResponseSchema,
  endpointNameSchema,
  entitiesResponseSchema,
  rerankResponseSchema,
  shotsResponseSchema,
} from '../contracts/models.ts';

/** A status page that waits is none. */
const probeTimeoutMilliseconds = 2_500;
/** What an archive without a single upload offers to upload to. */
const firstDesk = 'newsroom';

/** The part of a model endpoint that a probe needs. */
export interface ProbedEndpoint {
  invokeJson(request: unknown, schema: z.ZodType, timeout: { timeoutMilliseconds: number }): Promise<unknown>;
}

/** The models that the endpoints serve, as the deployment wrote them into the environment. */
export const modelsInUseSchema = z.array(
  z.object({
    endpoint: endpointNameSchema,
    name: z.string(),
    version: z.string(),
    standInFor: z.string().optional(),
    isOnDemand: z.boolean().default(false),
  }),
);
export type ModelsInUse = z.infer<typeof modelsInUseSchema>;

/** More than these are counted as these. */
const maxCounted = 1000;

/** The captions of this environment, where they are on. */
export interface CaptionAccounts {
  settings: CaptionSettings;
  budget: Pick<CaptionBudget, 'read'>;
  records: Pick<CaptionRecords, 'countWaiting' | 'findWaiting'>;
}

/** The provider in words, without the addresses in its settings. */
export const captionProviderInWords = ({ provider }: Pick<CaptionSettings, 'provider'>): string =>
  `${provider.kind}: ${modelOf(provider)}`;

async function captionStatus(
  captions: CaptionAccounts | undefined,
  desks: readonly string[],
  now: Date,
): Promise<StatusResponse['captions']> {
  if (captions === undefined) return { provider: 'off', spend: [], waiting: 0 };
  const { settings, budget, records } = captions;
  const [spend, waiting] = await Promise.all([
    Promise.all(
      desks.map((desk) =>
        deskSpend(budget, { desk, day: budgetDay(now), limitMicroDollars: dailyLimit(settings, desk) }),
      ),
    ),
    records.countWaiting(maxCounted),
  ]);
  return { provider: captionProviderInWords(settings), spend, waiting };
}

/** The smallest question each endpoint answers; to shots a malformed one, for a window costs it real work. */
const probes: Record<EndpointName, { request: unknown; schema: z.ZodType }> = {
  embed: { request: { texts: ['status'] }, schema: embedResponseSchema },
  entities: { request: { texts: ['status'] }, schema: entitiesResponseSchema },
  rerank: { request: { query: 'status', documents: ['status'] }, schema: rerankResponseSchema },
  shots: {
    request: { signature_name: 'serving_bytes', inputs: { windows: [{ b64: '' }] } },
    schema: shotsResponseSchema,
  },
};

/** A model that refuses a question has answered; SageMaker's own refusal ("no such endpoint") is no answer of a model. */
const isModelAnswer = (error: unknown): boolean =>
  error instanceof EndpointRequestError && (error.cause as Error | undefined)?.name === 'ModelError';

async function stateOf({ endpoint: name, isOnDemand }: ModelsInUse[number], endpoint: ProbedEndpoint | undefined) {
  if (isOnDemand) return 'on demand' as const;
  if (endpoint === undefined) return 'off' as const;
  const { request, schema } = probes[name];
  try {
    await endpoint.invokeJson(request, schema, { timeoutMilliseconds: probeTimeoutMilliseconds });
    return 'answering' as const;
  } catch (error) {
    return isModelAnswer(error) ? ('answering' as const) : ('not answering' as const);
  }
}

/** GET /status: what runs, which models serve, which of them stand in for others, and who uploads. */
export async function showStatus(
  ledger: Pick<AssetLedger, 'listDesks'>,
  endpoints: Partial<Record<EndpointName, ProbedEndpoint>>,
  deployment: { environment: string; modelsInUse: ModelsInUse },
  captions: CaptionAccounts | undefined,
  now = new Date(),
): Promise<StatusResponse> {
  const [desks, models] = await Promise.all([
    ledger.listDesks(),
    Promise.all(
      deployment.modelsInUse.map(async ({ isOnDemand, ...model }) => ({
        ...model,
        state: await stateOf({ isOnDemand, ...model }, endpoints[model.endpoint]),
      })),
    ),
  ]);
  return {
    environment: deployment.environment,
    models,
    captions: await captionStatus(captions, desks, now),
    desks: desks.length > 0 ? desks : [firstDesk],
  };
}
