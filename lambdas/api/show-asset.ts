import type { AssetLedger } from '../clients/asset-ledger.ts';
import type { MediaBucket } from '../clients/media-bucket.ts';
import type { Withdrawals } from '../clients/withdrawals.ts';
import type { AssetResponse } from '../contracts/api.ts';
import { assetIdSchema } from '../contracts/assets.ts';
import { type WaitingCaptions, waitingInWords } from '../contracts/captions.ts';
import {
  type Description,
  descriptionsFileSchema,
  documentsFileSchema,
  type WirescopeDocument,
} from '../contracts/documents.ts';
import { derivedKeys } from '../contracts/keys.ts';
import type { AssetRecord } from '../contracts/ledger.ts';
import { progressOf } from '../contracts/progress.ts';
import { type ShotsFile, shotsFileSchema } from '../contracts/shots.ts';
import { Problem, parseRequest } from '../runtime/problems.ts';
import { checkReleased, downloadType, entitiesOf, passagesOf } from './asset-view.ts';
import type { CaptionAccounts } from './show-status.ts';

const linkSeconds = 3600;

export interface AssetClients {
  ledger: AssetLedger;
  originals: MediaBucket;
  derived: MediaBucket;
  /** Absent where captions are off. */
  captions?: CaptionAccounts | undefined;
  withdrawals: Pick<Withdrawals, 'standing'>;
}

/** What the newest attempt that got so far has left. */
interface Descriptions {
  descriptions: readonly Description[];
  documents: readonly WirescopeDocument[];
}

/** GET /assets/{assetId}. @throws Problem 404 where there is none, and see `checkReleased`. */
export async function showAsset(clients: AssetClients, assetId: unknown, now = new Date()): Promise<AssetResponse> {
  const id = parseRequest(assetIdSchema, assetId);
  const asset = await clients.ledger.getAsset(id);
  if (asset === undefined) throw await absence(clients, id);
  const { descriptions, documents } = await newestDescriptions(clients.derived, asset);
  checkReleased(asset, descriptions, now);
  const shotsFile =
    asset.kind === 'video'
      ? await clients.derived.findJson(derivedKeys.shots(asset.assetId), shotsFileSchema)
      : undefined;
  return {
    ...recordPart(asset, descriptions[0]),
    entities: entitiesOf(documents),
    passages: passagesOf(descriptions),
    captionsWaiting: waitingPart(await clients.captions?.records.findWaiting(id)),
    originalUrl: await clients.originals.presignDownload(asset.original, linkSeconds, {
      fileName: asset.fileName,
      contentType: downloadType(asset),
    }),
    ...(await previewPart(clients.derived, asset, shotsFile)),
    ...(shotsFile === undefined ? {} : await shotsPart(clients.derived, shotsFile, descriptions)),
  };
}

/** What was withdrawn leaves its reason; what may come again, or never came, is not there. */
export async function absence({ withdrawals }: AssetClients, assetId: string): Promise<Problem> {
  const withdrawal = await withdrawals.standing(assetId);
  return withdrawal === undefined
    ? new Problem(404, 'NotFound', 'The archive has no such asset.')
    : new Problem(410, 'Withdrawn', withdrawal.reason);
}

export async function newestDescriptions(
  derived: MediaBucket,
  { assetId, attempt }: AssetRecord,
): Promise<Descriptions> {
  for (let each = attempt; each >= 1; each--) {
    const documents = (await derived.findJson(derivedKeys.documents(assetId, each), documentsFileSchema))?.documents;
    if (documents !== undefined) return { descriptions: documents, documents };
    const file = await derived.findJson(derivedKeys.descriptions(assetId, each), descriptionsFileSchema);
    if (file !== undefined) return { descriptions: file.descriptions, documents: [] };
  }
  return { descriptions: [], documents: [] };
}

function recordPart(asset: AssetRecord, first: Description | undefined) {
  return {
    assetId: asset.assetId,
    kind: asset.kind,
    status: asset.status,
    title: asset.title ?? first?.title ?? asset.fileName,
    desk: asset.desk,
    fileName: asset.fileName,
    mediaType: asset.mediaType,
    bytes: asset.bytes,
    reason: asset.reason,
    createdAt: first?.createdAt,
    arrivedAt: asset.createdAt,
    place: first?.place,
    keywords: first?.keywords ?? [],
    rights: first?.rights ?? { withheld: false },
    steps: asset.steps,
    progress: progressOf(asset),
  };
}

const waitingPart = (waiting: WaitingCaptions | undefined): AssetResponse['captionsWaiting'] =>
  waiting && {
    pictures: waiting.pictures,
    reason: waitingInWords[waiting.reason],
    since: waiting.since,
    dueAt: waiting.dueAt,
  };

async function previewPart(
  derived: MediaBucket,
  { assetId, kind }: AssetRecord,
  shotsFile: ShotsFile | undefined,
): Promise<{ previewUrl?: string }> {
  const key = kind === 'photo' ? derivedKeys.preview(assetId, 'webp') : shotsFile?.previewKey;
  if (key === undefined || (await derived.head({ key })) === undefined) return {};
  return { previewUrl: await derived.presignGet(key, linkSeconds) };
}

async function shotsPart(
  derived: MediaBucket,
  { video, shots }: ShotsFile,
  descriptions: readonly Description[],
): Promise<Pick<AssetResponse, 'framesPerSecond' | 'durationSeconds' | 'shots'>> {
  const texts = new Map(descriptions.map(({ shot, text }) => [shot?.index, text]));
  return {
    framesPerSecond: video.framesPerSecond,
    durationSeconds: video.durationSeconds,
    shots: await Promise.all(
      shots.map(async (shot) => {
        const keyframes = await Promise.all(
          shot.keyframes.map(async ({ frame, seconds, thumbnailKey }) => ({
            frame,
            seconds,
            thumbnailUrl: await derived.presignGet(thumbnailKey, linkSeconds),
          })),
        );
        return {
          ...shot,
          keyframes,
          thumbnailUrl: keyframes[0]?.thumbnailUrl ?? '',
          text: texts.get(shot.index) ?? '',
        };
      }),
    ),
  };
}
