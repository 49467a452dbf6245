import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execaSync } from 'execa';
import { z } from 'zod';
import { root } from '../../setup/places.ts';
import { type SizedEndpoint, sizedEndpoints } from '../load/inputs.ts';

/** Environments whose endpoints have a size; the local one has a processor. */
export const sizedEnvironments = ['dev', 'staging', 'prod'] as const;
export type SizedEnvironment = (typeof sizedEnvironments)[number];

const sizeSchema = z.strictObject({
  instanceType: z.string(),
  minInstances: z.number().int().optional(),
  maxInstances: z.number().int().optional(),
  workersPerInstance: z.number().int().optional(),
  invocationsPerInstance: z.number().optional(),
  requestsAtOnce: z.number().int().optional(),
  backlogPerInstance: z.number().optional(),
});
/** What a size was chosen for and on what grounds: for whoever reviews the change, read by nothing. */
const groundsSchema = z.strictObject({
  p95TargetMilliseconds: z.number(),
  ratePerSecond: z.number(),
  burst: z.string().optional(),
  mix: z.string(),
  p95ModelledMilliseconds: z.number(),
  dollarsPerMonth: z.number(),
  measuredOn: z.string(),
  on: z.iso.date(),
});
const entrySchema = z.strictObject({ size: sizeSchema, grounds: groundsSchema.optional() });
const sizesSchema = z.strictObject(
  Object.fromEntries(sizedEndpoints.map((endpoint) => [endpoint, entrySchema])) as Record<
    SizedEndpoint,
    typeof entrySchema
  >,
);
export type SizeEntry = z.infer<typeof entrySchema>;

export const sizesFile = (environment: SizedEnvironment): string =>
  path.join(root, 'lib', 'config', 'sizes', `${environment}.json`);

/** The file's text with one endpoint's entry in the place of what it said. @throws ZodError where it holds no sizes */
export function withEntry(text: string, endpoint: SizedEndpoint, entry: SizeEntry): string {
  const sizes = sizesSchema.parse(JSON.parse(text));
  return `${JSON.stringify(sizesSchema.parse({ ...sizes, [endpoint]: entry }), null, 2)}\n`;
}

/** The change as a patch that `git apply` takes; empty where nothing changes. */
export function patchOf(file: string, before: string, after: string): string {
  const name = path.relative(root, file);
  if (before === after) return '';
  const { stdout } = execaSync('diff', ['-u', '--label', `a/${name}`, '--label', `b/${name}`, file, '-'], {
    input: after,
    // One: they differ.
    reject: false,
  });
  return `${stdout}\n`;
}

/** @returns the patch, applied where it is asked for */
export function changeSize(
  environment: SizedEnvironment,
  endpoint: SizedEndpoint,
  entry: SizeEntry,
  { isWritten }: { isWritten: boolean },
): string {
  const file = sizesFile(environment);
  const before = readFileSync(file, 'utf8');
  const after = withEntry(before, endpoint, entry);
  const patch = patchOf(file, before, after);
  if (isWritten) writeFileSync(file, after);
  return patch;
}
