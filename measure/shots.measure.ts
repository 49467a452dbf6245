import path from 'node:path';
import { root } from '../setup/places.ts';
import type { Measurement } from './measurement.ts';
import { type MeasurePart, measureParts, readParts } from './parts.ts';
import { QuietMachine } from './quiet-machine.ts';
import { measureAccuracy, measureEarlierAccuracy } from './shots/accuracy.ts';
import { measureAgreement } from './shots/agreement.ts';
import { measureLengths } from './shots/lengths.ts';
import { measureScale } from './shots/scale.ts';
import { measureSpeed } from './shots/speed.ts';

/** @param options the parts to run, all where none is named; the figures of the others stay in the file as they were. */
export async function measure(options: readonly string[]): Promise<Measurement> {
  const machine = new QuietMachine();
  const parts: Record<string, MeasurePart> = {
    accuracy: measureAccuracy,
    'earlier-accuracy': measureEarlierAccuracy,
    speed: () => measureSpeed(machine),
    agreement: measureAgreement,
    scale: () => measureScale(machine),
    lengths: () => measureLengths(machine),
  };
  const unknown = options.filter((option) => !(option in parts));
  if (unknown.length > 0)
    throw new Error(`the measure of shots has no part "${unknown[0]}"; there is ${Object.keys(parts).join(', ')}.`);
  const wanted = options.length > 0 ? options : Object.keys(parts);
  return measureParts(parts, wanted, readParts(path.join(root, 'measurements', 'shots.json')));
}
