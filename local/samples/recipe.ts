import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import sharp from 'sharp';
import { SamplesError } from './errors.ts';
import type { Originals } from './originals.ts';
import { type Making, type Sources, sourcesSchema } from './sources-schema.ts';

export const samplesFolder = import.meta.dirname;

/** Folders of this one whose `<desk>/<file>` are uploads as they stand. */
export const writtenFolders = ['stories', 'sidecars'] as const;

const encodeTimeoutMilliseconds = 120_000;
const jpegQuality = 92;

export async function readSources(): Promise<Sources> {
  return sourcesSchema.parse(JSON.parse(await readFile(path.join(samplesFolder, 'sources.json'), 'utf8')));
}

/** Writes every upload of the newsroom below `<directory>/incoming/<desk>/`. */
export async function arrangeNewsroom(options: {
  sources: Sources;
  originals: Originals;
  directory: string;
  ffmpegPath: string;
  report: (line: string) => void;
}): Promise<void> {
  const { sources, originals, directory, ffmpegPath, report } = options;
  const place = async (key: string): Promise<string> => {
    const target = path.join(directory, key);
    await mkdir(path.dirname(target), { recursive: true });
    return target;
  };
  for (const folder of writtenFolders)
    await cp(path.join(samplesFolder, folder), path.join(directory, 'incoming'), { recursive: true });
  report(`Cutting and labelling ${sources.media.length} photos and videos.`);
  for (const medium of sources.media) {
    const target = await place(medium.key);
    if (medium.make === undefined) await copyFile(originals(medium), target);
    else await make({ making: medium.make, original: originals(medium), target, ffmpegPath });
  }
  for (const upload of sources.written) await writeFile(await place(upload.key), Buffer.from(upload.base64, 'base64'));
  for (const copy of sources.copies) await copyFile(path.join(directory, copy.of), await place(copy.key));
}

async function make(options: { making: Making; original: string; target: string; ffmpegPath: string }): Promise<void> {
  const { making, original, target, ffmpegPath } = options;
  switch (making.by) {
    case 'photo': {
      const photo = sharp(original).toFormat(making.format, making.format === 'jpeg' ? { quality: jpegQuality } : {});
      if (making.xmp !== undefined)
        photo.withXmp(await readFile(path.join(samplesFolder, 'embedded', making.xmp), 'utf8'));
      await photo.toFile(target);
      return;
    }
    case 'ffmpeg':
      await execa(ffmpegPath, ['-v', 'error', '-y', '-i', original, ...making.arguments, target], {
        timeout: encodeTimeoutMilliseconds,
      }).catch((cause) => {
        throw new SamplesError(
          `ffmpeg could not make ${path.basename(target)}: check that ${ffmpegPath} runs, then start again.`,
          { cause },
        );
      });
      return;
    case 'truncation':
      await writeFile(target, (await readFile(original)).subarray(0, making.keepBytes));
      return;
  }
}
