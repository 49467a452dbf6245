import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { extractOriginals } from './originals.ts';
import { isUpToDate, writeReceipt } from './receipt.ts';
import { arrangeNewsroom, readSources, samplesFolder } from './recipe.ts';

export interface FetchSamplesOptions {
  /** Where the newsroom is laid out; its uploads come to lie below `<directory>/incoming/<desk>/`. */
  directory: string;
  pythonPath: string;
  ffmpegPath: string;
  onProgress?: (line: string) => void;
}

/**
 * Lays out the sample newsroom: media from the packages that sources.json pins, beside the stories and sidecars of
 * this folder. Does nothing where the newsroom lies there already, made by the same recipe.
 * @throws SamplesError, a sentence that says what to do.
 */
export async function fetchSamples(options: FetchSamplesOptions): Promise<void> {
  const report = options.onProgress ?? (() => {});
  const directory = path.resolve(options.directory);
  if (await isUpToDate(directory)) return report('The sample newsroom is in place.');
  const sources = await readSources();
  await mkdir(directory, { recursive: true });
  const originals = await extractOriginals({ sources, directory, pythonPath: options.pythonPath, report });
  const unfinished = path.join(directory, 'incoming.unfinished');
  await rm(unfinished, { recursive: true, force: true });
  await arrangeNewsroom({ sources, originals, directory: unfinished, ffmpegPath: options.ffmpegPath, report });
  const incoming = path.join(directory, 'incoming');
  await rm(incoming, { recursive: true, force: true });
  await rename(path.join(unfinished, 'incoming'), incoming);
  await rm(unfinished, { recursive: true, force: true });
  await writeReceipt(directory);
  report(`The sample newsroom lies in ${path.relative(process.cwd(), incoming) || incoming}.`);
}

const isEntryPoint = process.argv[1] !== undefined && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url);
if (isEntryPoint) {
  const workshop = path.join(path.dirname(path.dirname(samplesFolder)), '.wirescope');
  const { values } = parseArgs({
    options: {
      directory: { type: 'string', default: path.join(workshop, 'samples') },
      python: { type: 'string', default: path.join(workshop, 'python/bin/python') },
      ffmpeg: { type: 'string', default: path.join(workshop, 'tools/ffmpeg/ffmpeg') },
    },
  });
  try {
    await fetchSamples({
      directory: values.directory,
      pythonPath: values.python,
      ffmpegPath: values.ffmpeg,
      onProgress: (line) => console.log(line),
    });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
