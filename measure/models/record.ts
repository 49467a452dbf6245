import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { modelFileSchema } from '../../lambdas/contracts/model-file.ts';
import type { ModelPackage } from '../../lambdas/contracts/models.ts';
import { root } from '../../setup/places.ts';
import { processorName } from '../processor.ts';

export interface Variant {
  p50Milliseconds: number;
  p95Milliseconds: number;
  peakMegabytes: number;
  quality: number;
  leastCosine?: number;
}

/**
 * Writes what was found on a processor into the package's model.json; what another processor gave stays.
 * @param said `shipped` is the format that this processor is served, where that depends on it
 * @param processor what the variants were measured on
 */
export async function recordVariants(
  model: ModelPackage,
  variants: ReadonlyMap<string, Variant>,
  reference: string,
  { shipped = model.format ?? reference, ...said }: { measure: string; quality: string; shipped?: string },
  processor = processorName(),
): Promise<void> {
  const fp32 = variants.get(reference);
  if (fp32 === undefined) throw new Error(`${model.name} was not measured as ${reference}`);
  const file = path.join(root, 'model-packaging', 'models', model.name, 'model.json');
  const facts = modelFileSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  const found = [...variants].map(([format, { p95Milliseconds: _, ...variant }]) => ({
    format,
    isShipped: format === shipped,
    processor,
    date: new Date().toISOString().slice(0, 10),
    timesAsFast: rounded(fp32.p50Milliseconds / variant.p50Milliseconds, 2),
    ...variant,
    qualityDelta: rounded(variant.quality - fp32.quality, 4),
  }));
  const others = (facts.parity?.variants ?? []).filter((variant) => variant.processor !== processor);
  const parity = {
    with: 'the same weights as an ONNX graph in fp32',
    // What the package's own tests have found of its footage stays.
    ...facts.parity,
    ...said,
    variants: [...others, ...found],
  };
  const recorded = modelFileSchema.parse({ ...facts, parity });
  await writeFile(file, `${JSON.stringify(recorded, null, 2)}\n`);
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
