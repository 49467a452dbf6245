import sharp from 'sharp';
import { documentId } from '../contracts/document-id.ts';
import type { Description } from '../contracts/documents.ts';
import { derivedKeys } from '../contracts/keys.ts';
import { RefusedError } from '../runtime/errors.ts';
import { toWebp } from '../runtime/renditions.ts';
import {
  type DescribeDependencies,
  type DescriptionOutcome,
  type DescriptionRequest,
  killReason,
  readNinjsSidecar,
  titleOfFile,
} from './description-request.ts';
import { readEmbeddedMetadata } from './embedded-metadata.ts';
import { cleanParticulars, describedBy, mergeParticulars, type Particulars } from './particulars.ts';
import { titleFrom } from './plain-text.ts';
import { captionSilent, outcomeOf, type SilentCaptions } from './silent-pictures.ts';

/** Limits of what is decoded in memory; a larger picture is refused when it is admitted. */
const maxPhotoBytes = 150 * 1024 * 1024;
const maxPixels = 100_000_000;

/**
 * Describes a photo by its ninjs sidecar and its own metadata, stores thumbnail and preview upright, and has it
 * captioned where nobody wrote a word and nobody holds it back.
 * @throws RefusedError for a picture that cannot be decoded or a sidecar that breaks its schema.
 */
export async function describePhoto(
  request: DescriptionRequest,
  dependencies: DescribeDependencies,
): Promise<DescriptionOutcome> {
  const { input } = request;
  const item = await readNinjsSidecar(dependencies.originals, request);
  if (item?.isKilled) return { decision: 'withdraw', reason: killReason };
  const photo = await dependencies.originals.readBytes(input.original, { maxBytes: maxPhotoBytes });
  const thumbnailKey = await storeRenditions(photo, input.assetId, dependencies);
  await dependencies.nearDuplicates.ofPhoto(photo);
  const embedded = cleanParticulars(readEmbeddedMetadata(photo));
  const sidecar = cleanParticulars(item?.particulars ?? {});
  const particulars = mergeParticulars([sidecar, embedded]);
  const words = await photoWords(photo, request, { sidecar, embedded, particulars }, dependencies);
  const description: Description = {
    documentId: documentId(input.assetId, 'photo', 0),
    assetId: input.assetId,
    kind: 'photo',
    assetKind: 'photo',
    ordinal: 0,
    desk: input.desk,
    title: particulars.headline ?? (titleFrom(words.description.text) || titleOfFile(request.fileName)),
    context: '',
    ...describedBy(particulars),
    ...words.description,
    arrivedAt: request.arrivedAt,
    thumbnailKey,
    ...(request.perceptualHash === undefined ? {} : { perceptualHash: request.perceptualHash }),
  };
  return { decision: 'index', descriptions: [description], ...outcomeOf(words.generated), detail: words.detail };
}

async function storeRenditions(photo: Buffer, assetId: string, { derived }: DescribeDependencies): Promise<string> {
  const thumbnailKey = derivedKeys.thumbnail(assetId, 'photo');
  // Decoded and turned once; both renditions are made from the same pixels.
  const upright = sharp(photo, { limitInputPixels: maxPixels, failOn: 'truncated' }).autoOrient();
  const [thumbnail, preview] = await Promise.all([toWebp(upright, 'thumbnail'), toWebp(upright, 'preview')]).catch(
    (error: unknown) => {
      throw new RefusedError(
        'This picture is damaged and cannot be decoded to its end. Send the complete file again.',
        {
          cause: error,
        },
      );
    },
  );
  await Promise.all([
    derived.putBytes(thumbnailKey, thumbnail, { contentType: 'image/webp' }),
    derived.putBytes(derivedKeys.preview(assetId, 'webp'), preview, { contentType: 'image/webp' }),
  ]);
  return thumbnailKey;
}

interface PhotoWords {
  description: Pick<Description, 'text' | 'provenance' | 'generatedBy'>;
  detail: string;
  generated?: SilentCaptions | undefined;
}

async function photoWords(
  photo: Buffer,
  { input }: DescriptionRequest,
  { sidecar, embedded, particulars }: Record<'sidecar' | 'embedded' | 'particulars', Particulars>,
  dependencies: DescribeDependencies,
): Promise<PhotoWords> {
  const caption = particulars.caption ?? '';
  const hasWords = (said: Particulars) => said.caption !== undefined || said.headline !== undefined;
  const decisive = sidecar.caption !== undefined || (hasWords(sidecar) && embedded.caption === undefined);
  if (hasWords(particulars))
    return {
      description: { text: caption, provenance: decisive ? 'ninjs' : 'embedded' },
      detail: decisive ? 'words from its ninjs' : 'words from the file',
    };
  const picture = { documentId: documentId(input.assetId, 'photo', 0), sha256: input.assetId, read: async () => photo };
  const generated = await captionSilent(dependencies, input, particulars, [picture]);
  const words = generated?.words.get(picture.documentId);
  return {
    description: words ?? { text: '', provenance: 'none' },
    detail: generated?.detail ?? 'no words',
    generated,
  };
}
