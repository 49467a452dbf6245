import { readFileSync } from 'node:fs';
import path from 'node:path';
import Table from 'cli-table3';
import { z } from 'zod';
import { entitiesResponseSchema, entityLabelSchema } from '../../lambdas/contracts/models.ts';
import { namesIn } from '../../lambdas/enrich/named-entities.ts';
import type { ArchiveModel } from '../../local/models/archive-process.ts';
import { root } from '../../setup/places.ts';
import { type Half, halfSchema } from '../collection/beir.ts';
import { startModel } from '../models/served.ts';
import { labels, lowered, type Score, type Span, score } from './score.ts';

const folder = path.join(root, 'evaluation', 'ner');
const lineSchema = z.object({
  text: z.string(),
  entities: z.array(z.object({ start: z.number(), end: z.number(), label: entityLabelSchema })),
  half: halfSchema,
});
type Line = z.infer<typeof lineSchema>;

export interface NamesReport {
  model: string;
  half: Half | 'all';
  sets: { name: string; texts: number; overall: Score; byLabel: Record<string, Score>; falseAlarms: string }[];
}
const textsPerRequest = 32;

/** F1 of the names that enrichment takes from the model that this machine serves: sentences as printed, lower-cased, queries. */
export async function evaluateNames({ half, processes }: { half?: Half; processes: number }): Promise<NamesReport> {
  const model = startModel('entities', processes);
  try {
    const { model: name, version } = await model.identity();
    const [sentences, queries] = (['sentences', 'queries'] as const).map((set) => readLines(set, half)) as [
      Line[],
      Line[],
    ];
    const cased = sentences.map(({ text }) => text);
    const sets = [
      { name: 'sentences', lines: sentences, texts: cased },
      { name: 'sentences, lower-cased', lines: sentences, texts: cased.map(lowered) },
      { name: 'queries', lines: queries, texts: queries.map(({ text }) => text) },
    ];
    const report: NamesReport = { model: `${name} ${version}`, half: half ?? 'all', sets: [] };
    for (const { name: set, lines, texts } of sets) {
      const gold = lines.map(({ entities }) => entities);
      const found = await spansOf(model, texts);
      const nameless = found.filter((_, index) => gold[index]?.length === 0);
      report.sets.push({
        name: set,
        texts: lines.length,
        overall: score(gold, found),
        byLabel: Object.fromEntries(labels.map((label) => [label, score(gold, found, label)])),
        falseAlarms: `${nameless.filter((spans) => spans.length > 0).length} of ${nameless.length}`,
      });
    }
    return report;
  } finally {
    await model.stop();
  }
}

export function namesTable({ model, half, sets }: NamesReport): string {
  const percent = ({ f1 }: Score): string => (100 * f1).toFixed(1);
  const table = new Table({
    head: ['texts', '', 'F1', 'precision', 'recall', ...labels.map((label) => `F1 ${label}`), 'false alarms'],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, texts, overall, byLabel, falseAlarms } of sets)
    table.push([
      name,
      texts,
      percent(overall),
      (100 * overall.precision).toFixed(1),
      (100 * overall.recall).toFixed(1),
      ...labels.map((label) => percent(byLabel[label] as Score)),
      falseAlarms,
    ]);
  return `${model}, ${half}: exact spans, in per cent; false alarms are texts without a name in which one was found\n${table}`;
}

export const readLines = (set: 'sentences' | 'queries', half: Half | undefined): Line[] =>
  readFileSync(path.join(folder, `${set}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => lineSchema.parse(JSON.parse(line)))
    .filter((line) => half === undefined || line.half === half);

/** What enrichment takes for names in each text, from the model that this machine serves. */
export async function servedSpans(texts: readonly string[]): Promise<Span[][]> {
  const model = startModel('entities', 1);
  try {
    return await spansOf(model, texts);
  } finally {
    await model.stop();
  }
}

async function spansOf(model: ArchiveModel, texts: readonly string[]): Promise<Span[][]> {
  const found: Span[][] = [];
  for (let at = 0; at < texts.length; at += textsPerRequest) {
    const batch = texts.slice(at, at + textsPerRequest);
    const { entities } = await model.invokeJson({ texts: batch }, entitiesResponseSchema);
    found.push(...entities.map((spans, index) => namesIn(batch[index] ?? '', spans)));
  }
  return found;
}
