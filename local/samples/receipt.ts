import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { samplesFolder, writtenFolders } from './recipe.ts';

/**
 * What says that a newsroom lies complete: the digest of all that goes into it, and the size of each upload. Written
 * last, so that an interrupted run leaves none.
 */
const receiptSchema = z.object({ recipeSha256: z.string(), bytesByKey: z.record(z.string(), z.number()) });
const receiptName = 'receipt.json';

export async function writeReceipt(directory: string): Promise<void> {
  const receipt = { recipeSha256: await recipeSha256(), bytesByKey: await sizes(directory) };
  await writeFile(path.join(directory, receiptName), `${JSON.stringify(receipt, null, 2)}\n`);
}

/** True where the newsroom was made by this very recipe and every upload still has its size. */
export async function isUpToDate(directory: string): Promise<boolean> {
  const text = await readFile(path.join(directory, receiptName), 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  const receipt = receiptSchema.safeParse(parsed(text));
  if (!receipt.success || receipt.data.recipeSha256 !== (await recipeSha256())) return false;
  const present = await sizes(directory).catch(() => ({}));
  return canonical(present) === canonical(receipt.data.bytesByKey);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const canonical = (record: Record<string, number>): string => JSON.stringify(Object.entries(record).sort());

async function recipeSha256(): Promise<string> {
  const hash = createHash('sha256');
  const files = ['sources.json', 'recipe.ts'];
  for (const folder of [...writtenFolders, 'embedded']) {
    const names = await readdir(path.join(samplesFolder, folder), { recursive: true });
    files.push(...names.map((name) => path.join(folder, name)));
  }
  for (const file of files.sort()) {
    const full = path.join(samplesFolder, file);
    if ((await stat(full)).isFile()) hash.update(`${file}\0`).update(await readFile(full));
  }
  return hash.digest('hex');
}

async function sizes(directory: string): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const name of await readdir(path.join(directory, 'incoming'), { recursive: true })) {
    const entry = await stat(path.join(directory, 'incoming', name));
    if (entry.isFile()) found[path.posix.join('incoming', ...name.split(path.sep))] = entry.size;
  }
  return found;
}
