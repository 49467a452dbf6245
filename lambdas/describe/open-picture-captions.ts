import { setTimeout as wait } from 'node:timers/promises';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Context } from 'aws-lambda';
import { AssetLedger, openTable } from '../clients/asset-ledger.ts';
import { CaptionRecords } from '../clients/captions/caption-records.ts';
import { Captioner, type SpendWatch } from '../clients/captions/captioner.ts';
import { PaidCaptions } from '../clients/captions/paid-captions.ts';
import { openCaptionProvider, readApiKey } from '../clients/captions/provider.ts';
import { findEntities } from '../clients/model-batches.ts';
import { ModelEndpoint } from '../clients/model-endpoint.ts';
import { NearDuplicates } from '../clients/near-duplicates.ts';
import { parseCaptionSettings } from '../contracts/captions.ts';
import { environmentNames } from '../contracts/environment.ts';
import type { DescribeInput } from '../contracts/workflow.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { percent, type Telemetry } from '../runtime/telemetry.ts';
import type { WaitingPictures } from './description-request.ts';
import { captionPictures, type PictureCaptions } from './generated-captions.ts';
import { recordWaiting } from './waiting-captions.ts';

/** What the step still does after its last caption. */
const reserveMilliseconds = 30_000;

export interface OpenCaptions {
  /** Captions that have ended before the invocation does. */
  until(context: Pick<Context, 'getRemainingTimeInMillis'>): PictureCaptions;
  recordWaiting(input: DescribeInput, waiting: WaitingPictures | undefined): Promise<void>;
}

/** The captions of this environment, or undefined where they are off. */
export function openPictureCaptions(
  { captions, ledgerTable }: { captions: string; ledgerTable: string },
  telemetry: Telemetry,
): OpenCaptions | undefined {
  const settings = parseCaptionSettings(captions);
  if (settings === undefined) return undefined;
  const secretArn = process.env[environmentNames.captionSecretArn];
  const apiKey = async () =>
    secretArn === undefined ? undefined : await readApiKey(new SecretsManagerClient({}), secretArn);
  const table = openTable(ledgerTable);
  const { entitiesEndpoint } = readEnvironment(['entitiesEndpoint']);
  const entities = new ModelEndpoint({ client: new SageMakerRuntimeClient({}), endpointName: entitiesEndpoint });
  const watch: SpendWatch = (_desk, used) => percent(telemetry, 'captionBudgetUsed', used);
  const nearDuplicates = new NearDuplicates(table);
  const records = new CaptionRecords(table);
  const ledger = new AssetLedger(table);
  const paid = new PaidCaptions(table);
  const captioner = new Captioner({
    table,
    settings,
    provider: openCaptionProvider(settings.provider, { apiKey }),
    clock: { now: () => new Date(), wait },
    watch,
  });
  return {
    until: (context) => ({
      sentUsageTerms: settings.sentUsageTerms,
      captionPictures: (pictures, asset) =>
        captionPictures(
          {
            settings,
            captioner,
            paid,
            records,
            findNames: async (texts) => (await findEntities(entities, texts)).results,
            findNeighbours: (assetId, documentId) => nearDuplicates.neighboursOf(assetId, documentId),
            offer: (to, captionKey) => nearDuplicates.offerCaption(to, captionKey),
            findOffers: (assetId, documentId) => nearDuplicates.captionsOffered(assetId, documentId),
            findHolds: async (assetIds) =>
              [...(await ledger.getAssets(assetIds)).values()].flatMap(({ hold }) => hold ?? []),
            now: () => new Date(),
            deadline: () => new Date(Date.now() + context.getRemainingTimeInMillis() - reserveMilliseconds),
          },
          pictures,
          asset,
        ),
    }),
    recordWaiting: (input, waiting) => recordWaiting(records, input, waiting, new Date()),
  };
}
