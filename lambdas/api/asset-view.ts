import type { z } from 'zod';
import type { AssetResponse } from '../contracts/api.ts';
import type { Description, namedEntitySchema, WirescopeDocument } from '../contracts/documents.ts';
import { tallyNames } from '../contracts/entity-names.ts';
import type { AssetRecord } from '../contracts/ledger.ts';
import { progressInWords, progressOf } from '../contracts/progress.ts';
import { holdOf, releaseOf } from '../contracts/release.ts';
import { Problem } from '../runtime/problems.ts';

type NamedEntity = z.infer<typeof namedEntitySchema>;
/** As many as a page shows; a long story names hundreds. */
const maxEntities = 60;

/**
 * Keeps content from leaving before its time (contracts/release.ts): nobody is let through, whatever their desk or group.
 * @param descriptions the newest there are; any one of them holds the whole asset back.
 * @throws Problem 410 for refused and withdrawn, 403 for withheld and embargoed, 409 where nothing is known yet.
 */
export function checkReleased(asset: AssetRecord, descriptions: readonly Description[], now: Date): void {
  const { status, reason } = asset;
  if (status === 'refused' || status === 'withdrawn')
    throw new Problem(410, status === 'refused' ? 'Refused' : 'Withdrawn', reason ?? `This asset was ${status}.`);
  if (descriptions.length === 0)
    throw new Problem(
      409,
      'NotReady',
      status === 'failed' ? `This asset could not be worked on. ${reason ?? ''}`.trim() : workInWords(asset),
    );
  // The ledger knows of what an attempt has just read, the descriptions of what the newest files say: either counts.
  const release = releaseOf(holdOf([...descriptions.map(({ rights }) => rights), asset.hold ?? []].flat()), now);
  if (release.state === 'withheld')
    throw new Problem(403, 'Withheld', 'This asset is withheld: it must not be published or shown.');
  if (release.state === 'embargoed')
    throw new Problem(403, 'Embargoed', `This asset is under embargo until ${release.until}.`);
}

function workInWords(asset: AssetRecord): string {
  const progress = progressOf(asset);
  return progress === undefined
    ? 'This asset is still being worked on. Look again in a minute.'
    : `This asset is still being worked on: its shots are at ${progressInWords(progress)}.`;
}

/** The names in an asset's documents, each once, the most frequent first. */
export const entitiesOf = (documents: readonly Pick<WirescopeDocument, 'entities'>[]): NamedEntity[] =>
  tallyNames(documents.map(({ entities }) => entities))
    .sort((a, b) => b.count - a.count)
    .slice(0, maxEntities)
    .map(({ count: _, ...entity }) => entity);

/** A photo's caption or a story's passages, in their order. */
export const passagesOf = (descriptions: readonly Description[]): AssetResponse['passages'] =>
  descriptions
    .filter(({ kind }) => kind !== 'shot')
    .sort((a, b) => a.ordinal - b.ordinal)
    .map(({ ordinal, text, provenance }) => ({ ordinal, text, provenance }));

/** The type a download is served as: what the bytes were found to be; a story is never a page. */
export const downloadType = ({ kind, mediaType }: Pick<AssetRecord, 'kind' | 'mediaType'>): string =>
  kind === 'story' ? 'application/octet-stream' : mediaType;
