import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { root } from '../setup/places.ts';
import type { Measurement } from './measurement.ts';

export type MeasurePart = () => Promise<Measurement>;

const partRecordSchema = z.object({
  date: z.string(),
  commit: z.string(),
  targets: z.array(z.object({ name: z.string(), holds: z.boolean(), found: z.string() })),
  figures: z.record(z.string(), z.union([z.number(), z.string()])),
  details: z.unknown().optional(),
});
export type PartRecord = z.infer<typeof partRecordSchema>;
const fileSchema = z.object({ details: z.object({ parts: z.record(z.string(), partRecordSchema) }) });

/** What the parts of a measure left in its file; nothing where there is none, or one of another form. */
export function readParts(file: string): Record<string, PartRecord> {
  if (!existsSync(file)) return {};
  try {
    const parsed = fileSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return parsed.success ? parsed.data.details.parts : {};
  } catch {
    return {};
  }
}

/**
 * Runs the wanted parts and joins them with what the others left before, each with its own date and commit. A part
 * that was never run is a target that falls short.
 */
export async function measureParts(
  parts: Readonly<Record<string, MeasurePart>>,
  wanted: readonly string[],
  earlier: Readonly<Record<string, PartRecord>>,
): Promise<Measurement> {
  const records: Record<string, PartRecord> = {};
  for (const name of Object.keys(parts)) {
    const kept = earlier[name];
    if (wanted.includes(name)) records[name] = await runPart(parts[name] as MeasurePart);
    else if (kept !== undefined) {
      records[name] = kept;
      console.log(`${name} was not run: its figures of ${kept.date} (commit ${kept.commit.slice(0, 8)}) are kept.`);
    }
  }
  const isOld = (name: string) => !wanted.includes(name);
  const missing = Object.keys(parts).filter((name) => records[name] === undefined);
  return {
    targets: [
      ...Object.entries(records).flatMap(([part, { targets, date }]) =>
        targets.map(({ name, holds, found }) => ({
          name: `${part}: ${name}`,
          holds,
          found: isOld(part) ? `${found} (measured ${date.slice(0, 10)})` : found,
        })),
      ),
      ...missing.map((name) => ({ name: `${name}: is measured`, holds: false, found: 'never' })),
    ],
    figures: Object.assign({}, ...Object.values(records).map(({ figures }) => figures)),
    details: { parts: records },
  };
}

async function runPart(part: MeasurePart): Promise<PartRecord> {
  const { targets, figures, details } = await part();
  return {
    date: new Date().toISOString(),
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim(),
    targets,
    figures,
    ...(details === undefined ? {} : { details }),
  };
}
