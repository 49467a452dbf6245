import Table from 'cli-table3';
import { Enricher } from '../evaluation/models/served.ts';
import { labels, type Score, score } from '../evaluation/names/score.ts';
import type { EntitySpan } from '../lambdas/contracts/models.ts';
import { type Vocabulary, vocabularyOf } from '../lambdas/search/query/vocabulary.ts';
import { type Measurement, percentile } from './measurement.ts';
import { type Finder, finders } from './query-names/finders.ts';
import { fullArchive } from './query-names/full-archive.ts';
import { readingMilliseconds } from './query-names/reading-time.ts';
import { archiveOf, type Labelled, labelled } from './query-names/texts.ts';

const readingLimitMilliseconds = 5;

interface Row {
  half: Labelled['half'];
  finder: Finder;
  overall: Score;
  byLabel: Record<string, Score>;
  falseAlarms: number;
  nameless: number;
}

/**
 * Names in lower-case queries: the model alone, the dictionary of what an archive holds, and both as search joins them.
 * Thresholds and rules were chosen on the tuning half; the targets are held against the reporting half.
 */
export async function measure(): Promise<Measurement> {
  const queries = labelled('queries');
  const enricher = await Enricher.start(1);
  try {
    const held = await archiveOf(enricher);
    await enricher.nameAll(queries.map(({ text }) => text));
    const vocabulary = vocabularyOf(held);
    const rows = (['tuning', 'reporting'] as const).flatMap((half) =>
      rowsOf(
        half,
        queries.filter((query) => query.half === half),
        (text) => enricher.spans.get(text),
        vocabulary,
      ),
    );
    console.log(tableOf(rows));
    const full = vocabularyOf(fullArchive(held));
    const took = readingMilliseconds(
      queries.map(({ text }) => text),
      full,
    );
    const of = (finder: Finder) => rows.find((row) => row.half === 'reporting' && row.finder === finder) as Row;
    const [alone, dictionary, joined] = [of('model, every span'), of('dictionary'), of('joined')];
    const p95 = percentile(took, 0.95);
    return {
      targets: [
        {
          name: 'dictionary and model find names better than either alone, by F1 on the reporting half',
          holds: joined.overall.f1 > Math.max(alone.overall.f1, dictionary.overall.f1),
          found: `${percent(joined.overall.f1)}, against ${percent(alone.overall.f1)} and ${percent(dictionary.overall.f1)}`,
        },
        {
          name: 'fewer false names in queries without one than the model alone, on the reporting half',
          holds: joined.falseAlarms < alone.falseAlarms,
          found: `${joined.falseAlarms} against ${alone.falseAlarms} of ${joined.nameless}`,
        },
        {
          name: `a query is read in less than ${readingLimitMilliseconds} ms of a core, 95th percentile, with as many names and words as the vocabulary may hold`,
          holds: p95 < readingLimitMilliseconds,
          found: `${p95.toFixed(2)} ms, median ${percentile(took, 0.5).toFixed(2)} ms`,
        },
      ],
      figures: {
        f1Model: percent(alone.overall.f1),
        f1Dictionary: percent(dictionary.overall.f1),
        f1Joined: percent(joined.overall.f1),
        falseAlarmsModel: alone.falseAlarms,
        falseAlarmsJoined: joined.falseAlarms,
        readP95Milliseconds: p95.toFixed(2),
      },
      details: rows,
    };
  } finally {
    await enricher.stop();
  }
}

function rowsOf(
  half: Labelled['half'],
  queries: readonly Labelled[],
  spansOf: (text: string) => readonly EntitySpan[],
  vocabulary: Vocabulary,
): Row[] {
  const gold = queries.map(({ entities }) => entities);
  return (Object.keys(finders) as Finder[]).map((finder) => {
    const found = queries.map(({ text }) => finders[finder](text, spansOf(text), vocabulary));
    const nameless = found.filter((_, at) => gold[at]?.length === 0);
    return {
      half,
      finder,
      overall: score(gold, found),
      byLabel: Object.fromEntries(labels.map((label) => [label, score(gold, found, label)])),
      falseAlarms: nameless.filter((spans) => spans.length > 0).length,
      nameless: nameless.length,
    };
  });
}

const percent = (share: number): string => (100 * share).toFixed(1);

function tableOf(rows: readonly Row[]): string {
  const table = new Table({
    head: ['half', 'found by', 'precision', 'recall', 'F1', ...labels.map((label) => `F1 ${label}`), 'false alarms'],
    style: { head: [], border: [], compact: true },
  });
  for (const { half, finder, overall, byLabel, falseAlarms, nameless } of rows)
    table.push([
      half,
      finder,
      ...[overall.precision, overall.recall, overall.f1].map(percent),
      ...labels.map((label) => percent(byLabel[label]?.f1 ?? 0)),
      `${falseAlarms} of ${nameless}`,
    ]);
  return table.toString();
}
