import path from 'node:path';
import { root } from '../setup/places.ts';
import type { Measurement } from './measurement.ts';
import { measureFrameworks } from './models/frameworks.ts';
import { measureProfile } from './models/profile.ts';
import { measureRerankVariants } from './models/rerank-variants.ts';
import { measureServing } from './models/serving.ts';
import { measureShotVariants } from './models/shot-variants.ts';
import { measureStudent } from './models/student.ts';
import { measureVariants } from './models/variants.ts';
import { type MeasurePart, measureParts, readParts } from './parts.ts';

const parts: Record<string, MeasurePart> = {
  serving: measureServing,
  variants: measureVariants,
  'rerank-variants': measureRerankVariants,
  'shot-variants': measureShotVariants,
  profile: measureProfile,
  frameworks: measureFrameworks,
  student: measureStudent,
};

/** @param options the parts to run, all where none is named; the figures of the others stay in the file as they were. */
export async function measure(options: readonly string[]): Promise<Measurement> {
  const unknown = options.filter((option) => !(option in parts));
  if (unknown.length > 0)
    throw new Error(`the measure of models has no part "${unknown[0]}"; there is ${Object.keys(parts).join(', ')}.`);
  const wanted = options.length > 0 ? options : Object.keys(parts);
  return measureParts(parts, wanted, readParts(path.join(root, 'measurements', 'models.json')));
}
