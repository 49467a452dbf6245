import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { samplesFolder } from '../../../local/samples/recipe.ts';

export const manifestSchema = z.array(
  z.object({
    key: z.string(),
    expect: z.enum(['indexed', 'refused', 'duplicate', 'sidecar', 'replaced', 'withdrawn']),
    type: z.enum(['photo', 'video', 'story']),
    reason: z.string().optional(),
    findable: z.boolean().optional(),
  }),
);

export const queriesSchema = z.array(
  z.object({
    query: z.string(),
    class: z.enum(['name', 'place', 'mood', 'shot', 'paragraph', 'topic']),
    expect: z.array(z.string()).min(1),
    shot: z.object({ startSeconds: z.number() }).optional(),
    passageContains: z.string().optional(),
  }),
);

export const readJson = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(path.join(samplesFolder, name), 'utf8'));

/** Upload keys of the files that stand written below `folder/<desk>/`. */
export async function writtenKeys(folder: string): Promise<string[]> {
  const entries = await readdir(path.join(samplesFolder, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => `incoming/${path.basename(entry.parentPath)}/${entry.name}`);
}

export const writtenFile = (folder: string, key: string): string =>
  path.join(samplesFolder, folder, key.slice('incoming/'.length));

/** The timecodes at the beginning of a shotlist's lines, in seconds: `HH:MM:SS` or `HH:MM:SS:FF`, alone or as a range. */
export function shotlistSeconds(text: string, framesPerSecond: number): number[] {
  const lines = text.slice(text.indexOf('SHOTLIST:')).split('\n').slice(1);
  return lines.flatMap((line) =>
    [...line.matchAll(/\b(\d\d):(\d\d):(\d\d)(?::(\d\d))?\b/g)].map(
      ([, hours, minutes, seconds, frames]) =>
        Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) + Number(frames ?? 0) / framesPerSecond,
    ),
  );
}
