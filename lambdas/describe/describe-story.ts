import { documentId } from '../contracts/document-id.ts';
import type { Description } from '../contracts/documents.ts';
import { RefusedError } from '../runtime/errors.ts';
import {
  type DescribeDependencies,
  type DescriptionOutcome,
  type DescriptionRequest,
  killReason,
  readNinjsSidecar,
} from './description-request.ts';
import type { NinjsItem } from './ninjs.ts';
import { describedBy, mergeParticulars, type Particulars } from './particulars.ts';
import { splitPassages } from './passages.ts';
import { plainLine, textLimits } from './plain-text.ts';
import { readStory, type Story } from './story-text.ts';

const maxStoryBytes = 5 * 1024 * 1024;
/** A story of 400,000 characters has fewer; more would be a file made to fill the index. */
const maxPassages = 1000;

/**
 * Splits a story into passages, each under the story's headline. A kill and an outdated version are withdrawn instead:
 * the ledger orders the versions, in whichever order they arrive.
 * @throws RefusedError for ninjs that breaks its schema and for a story without words.
 */
export async function describeStory(
  request: DescriptionRequest,
  dependencies: DescribeDependencies,
): Promise<DescriptionOutcome> {
  const { input } = request;
  const bytes = await dependencies.originals.readBytes(input.original, { maxBytes: maxStoryBytes });
  const story = readStory(bytes, request.mediaType, request.fileName);
  const beside = story.item === undefined ? await readNinjsSidecar(dependencies.originals, request) : undefined;
  const item = story.item ?? beside;
  const particulars = mergeParticulars([item?.particulars ?? {}, { headline: story.headline }]);
  const passages = splitPassages(story.text, item?.language);
  // A kill may come as an empty item; any other story must be good before it takes the place of an older version.
  if (item?.isKilled !== true) assertReadable(passages);
  if (item !== undefined) {
    const claim = await dependencies.claimStoryVersion(item.uri, item.version, input.assetId);
    if (!claim.isNewest) return { decision: 'withdraw', reason: `Replaced by version ${claim.newestVersion}.` };
    if (item.isKilled) return { decision: 'withdraw', reason: killReason, killedStoryUri: item.uri };
  }
  await dependencies.nearDuplicates.ofStory(story.text, item?.uri);
  const descriptions = passages.map((text, ordinal) =>
    describePassage(request, { story, item, particulars, text, ordinal }),
  );
  const detail = `${passages.length} ${passages.length === 1 ? 'passage' : 'passages'}`;
  return { decision: 'index', descriptions, detail, warnings: [] };
}

function assertReadable(passages: readonly string[]): void {
  if (passages.length === 0) throw new RefusedError('The story holds no words. Send it with its text.');
  if (passages.length > maxPassages) throw new RefusedError('The story is longer than a book. Send it in parts.');
}

function describePassage(
  { input, arrivedAt }: DescriptionRequest,
  {
    story,
    item,
    particulars,
    text,
    ordinal,
  }: { story: Story; item: NinjsItem | undefined; particulars: Particulars; text: string; ordinal: number },
): Description {
  const title = particulars.headline ?? story.title;
  return {
    documentId: documentId(input.assetId, 'passage', ordinal),
    assetId: input.assetId,
    kind: 'passage',
    assetKind: 'story',
    ordinal,
    desk: input.desk,
    title,
    text,
    // The editors' own summary says what the story is about in words that its passages may lack.
    context: plainLine(
      [title, particulars.caption].filter((part) => part !== undefined).join('. '),
      textLimits.context,
    ),
    ...describedBy(particulars),
    arrivedAt,
    provenance: story.item === undefined ? 'text' : 'ninjs',
    ...(item === undefined ? {} : { story: { uri: item.uri, version: item.version } }),
  };
}
