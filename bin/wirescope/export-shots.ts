import path from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { execa } from 'execa';
import { formatTimecode } from '../../lambdas/contracts/timecode.ts';
import { places } from '../../setup/places.ts';
import { OperatorError } from './deployed.ts';
import type { ShotList } from './shot-list.ts';

export const exportFormats = ['edl', 'otio', 'csv'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** CMX 3600 numbers its events with three digits. */
const maxEvents = 999;
const maxOutputBytes = 256 * 1024 * 1024;

/**
 * A shot list in a format that edit suites read: CMX 3600, OpenTimelineIO, or a table for everything else.
 * @returns one text, or several where an edit decision list needs more events than one can number.
 */
export async function exportShots(shots: ShotList, format: ExportFormat): Promise<string[]> {
  if (format === 'csv') return [table(shots)];
  if (format === 'otio') return [await writtenByLibrary(shots, format)];
  const parts = partsOf(shots);
  return Promise.all(parts.map((part) => writtenByLibrary(part, format)));
}

function partsOf(shots: ShotList): ShotList[] {
  const count = Math.ceil(shots.entries.length / maxEvents);
  return Array.from({ length: count }, (_, part) => ({
    ...shots,
    title: count === 1 ? shots.title : `${shots.title} (${part + 1} of ${count})`,
    entries: shots.entries.slice(part * maxEvents, (part + 1) * maxEvents),
  }));
}

async function writtenByLibrary(shots: ShotList, format: 'edl' | 'otio'): Promise<string> {
  const script = path.join(import.meta.dirname, 'edit_list.py');
  const { stdout, stderr, failed } = await execa(places.pythonBinary, [script, format], {
    // A line break in a title would begin another line of the list.
    input: JSON.stringify({ ...shots, title: shots.title.replace(/\s+/gu, ' ').trim() }),
    reject: false,
    maxBuffer: maxOutputBytes,
    stripFinalNewline: false,
  });
  if (failed) throw new OperatorError(`the ${format} could not be written: ${stderr.trim().split('\n').at(-1)}`);
  return stdout;
}

function table({ entries, timecodeRate, source }: ShotList): string {
  const rows = entries.map(({ name, kind, startFrame, frameCount, facts }) => ({
    shot: facts['shot'] ?? '',
    kind,
    name,
    'timecode in': formatTimecode(startFrame, timecodeRate),
    // As in an edit decision list, out is the first frame that does not belong any more.
    'timecode out': formatTimecode(startFrame + frameCount, timecodeRate),
    frames: frameCount,
    'seconds in': ((startFrame - source.startFrame) / timecodeRate.framesPerSecond).toFixed(3),
    'seconds out': ((startFrame + frameCount - source.startFrame) / timecodeRate.framesPerSecond).toFixed(3),
    'begins with': facts['transition'] ?? '',
    probability: facts['probability'] ?? '',
  }));
  // A file name that begins like a formula must not become one in a spreadsheet.
  return stringify(rows, { header: true, escape_formulas: true, record_delimiter: '\r\n' });
}
