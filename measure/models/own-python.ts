import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { places } from '../../setup/places.ts';

export interface OwnPython {
  folder: string;
  requirements: string;
  /** The file's name in the folder that says which requirements were installed. */
  stamp: string;
  /** Said before it is installed: what it is, and how much. */
  what: string;
}

/** A Python with what the product's own leaves out for its size; installed once, and again when its requirements change. */
export async function ownPython({ folder, requirements, stamp, what }: OwnPython): Promise<string> {
  const python = path.join(folder, 'bin', 'python');
  const stampFile = path.join(folder, stamp);
  const wanted = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex');
  if (existsSync(stampFile) && (await readFile(stampFile, 'utf8')) === wanted) return python;
  console.log(`Installing ${what}, once.`);
  if (!existsSync(python)) await execa(places.pythonBinary, ['-m', 'venv', folder]);
  await execa(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements], {
    stderr: 'inherit',
  });
  await writeFile(stampFile, wanted);
  return python;
}
