import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { MediaBucket } from '../../lambdas/clients/media-bucket.ts';
import { derivedKeys } from '../../lambdas/contracts/keys.ts';
import type { AssetRecord } from '../../lambdas/contracts/ledger.ts';
import { releaseOf } from '../../lambdas/contracts/release.ts';
import { shotsFileSchema } from '../../lambdas/contracts/shots.ts';
import { OperatorError } from './deployed.ts';
import { type ExportFormat, exportShots } from './export-shots.ts';
import { shotListOf } from './shot-list.ts';

/**
 * An asset's shots in a format of the edit suite. A list leaves the archive with title and times, so that it waits for
 * the release as everything else does, unless the operator says otherwise.
 * @throws OperatorError where it has none, or may not be shown yet.
 */
export async function exportedShots(
  { assetId, kind, fileName, title, original, hold }: AssetRecord,
  derived: Pick<MediaBucket, 'findJson'>,
  {
    format,
    isUnreleasedToo = false,
    now = new Date(),
  }: { format: ExportFormat; isUnreleasedToo?: boolean; now?: Date },
): Promise<string[]> {
  if (kind !== 'video') throw new OperatorError(`${fileName} is a ${kind}: only videos have shots.`);
  const release = releaseOf(hold, now);
  if (release.state !== 'released' && !isUnreleasedToo)
    throw new OperatorError(
      `it is not released (${release.state}${release.state === 'embargoed' ? ` until ${release.until}` : ''}): say --unreleased where its list may leave all the same.`,
    );
  const file = await derived.findJson(derivedKeys.shots(assetId), shotsFileSchema);
  if (file === undefined)
    throw new OperatorError(`${fileName} has no shots yet: \`wirescope status ${assetId}\` says where it stands.`);
  const url = `s3://${original.bucket}/${original.key}`;
  return exportShots(shotListOf(file, { title: title ?? fileName, fileName, url }), format);
}

/** The files that several parts of one export are written to: `name.1.edl`, `name.2.edl`. */
export function partFiles(output: string, parts: number): string[] {
  if (parts === 1) return [output];
  const { dir, name, ext } = path.parse(output);
  return Array.from({ length: parts }, (_, part) => path.join(dir, `${name}.${part + 1}${ext}`));
}

/** Writes to files, or to standard output where none is named. @throws OperatorError */
export async function writeExport(parts: readonly string[], output: string | undefined): Promise<string[]> {
  if (output === undefined) {
    if (parts.length > 1)
      throw new OperatorError(
        `one edit decision list numbers 999 events and ${parts.length} are needed: name a file with --output.`,
      );
    process.stdout.write(parts[0] ?? '');
    return [];
  }
  const files = partFiles(output, parts.length);
  for (const [position, file] of files.entries())
    await writeFile(file, parts[position] ?? '').catch((error: Error) => {
      throw new OperatorError(`${file} cannot be written: ${error.message}`, { cause: error });
    });
  return files;
}
