import path from 'node:path';
import { root } from '../setup/places.ts';
import type { Measurement } from './measurement.ts';
import { type MeasurePart, measureParts, readParts } from './parts.ts';
import { measureQuality } from './search/quality.ts';
import { measureSpeed } from './search/speed.ts';

const parts: Record<string, MeasurePart> = { quality: measureQuality, speed: measureSpeed };

/**
 * Quality on the newsroom collection's reporting half and speed with 20,000 documents.
 * @param options the parts to run, all where none is named; the figures of the others stay in the file as they were.
 */
export async function measure(options: readonly string[]): Promise<Measurement> {
  const unknown = options.filter((option) => !(option in parts));
  if (unknown.length > 0)
    throw new Error(`the measure of search has no part "${unknown[0]}"; there is ${Object.keys(parts).join(', ')}.`);
  const wanted = options.length > 0 ? options : Object.keys(parts);
  return measureParts(parts, wanted, readParts(path.join(root, 'measurements', 'search.json')));
}
