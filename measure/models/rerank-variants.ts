import { availableParallelism } from 'node:os';
import { readCollection } from '../../evaluation/collection/beir.ts';
import { evaluate } from '../../evaluation/evaluate.ts';
import { newsroom } from '../../evaluation/gate/gate.ts';
import { summarise } from '../../evaluation/report/summary.ts';
import { ArchiveModel } from '../../local/models/archive-process.ts';
import { realisticRequests } from '../../sizing/load/inputs.ts';
import type { Measurement } from '../measurement.ts';
import {
  buildFormats,
  type Format,
  judgeFormats,
  reference,
  summaryOf,
  thisProcessor,
  timeFormats,
} from './formats.ts';
import { servedPackage } from './prepare.ts';
import { recordVariants, type Variant } from './record.ts';

const rounds = 3;
/** Each is a query with as many documents as search reranks. */
const requestsPerRound = 12;

interface SearchQuality {
  /** Of the whole reranked list. */
  ndcgAt10: number;
  /** Of what a reader is shown: the lines that end it were fitted with the format that ships. */
  shownNdcgAt10: number;
  nothingOfUnanswerable: number;
  nothingOfAnswerable: number;
}

/** Each format of `rerank` without a server, in turn, and what the search makes of its answers. */
export async function measureRerankVariants(): Promise<Measurement> {
  const measurement: Required<Measurement> = { targets: [], figures: {}, details: {} };
  const model = servedPackage('rerank');
  const archives = await buildFormats(model);
  const bodies = realisticRequests('rerank', 'queries')
    .slice(0, rounds * requestsPerRound)
    .map(({ body }) => body);
  // Each format is an evaluation of minutes: on this processor as it is, not as one without VNNI.
  const target = thisProcessor();
  const timed = await timeFormats(archives, bodies, { rounds, target });
  const variants = new Map<Format, Variant>();
  const searches: Partial<Record<Format, SearchQuality>> = {};
  for (const [format, archive] of archives) {
    const found = await searchQuality(archive, await target.pythonOf(format));
    searches[format] = found;
    variants.set(format, { ...summaryOf(timed, format), quality: found.shownNdcgAt10 });
    console.log(`rerank as ${format}: ${JSON.stringify({ ...variants.get(format), ...found })}`);
  }
  const shippedFormat = model.format ?? reference;
  judgeFormats(measurement, { endpoint: 'rerank', shippedFormat, keepsVectors: false, target }, variants);
  const said = {
    measure: 'npm run measure -- models rerank-variants',
    quality: 'nDCG@10 of what a reader is shown, reporting half of evaluation/newsroom',
  };
  await recordVariants(model, variants, reference, said, target.processor);
  measurement.details = { ...(measurement.details as object), searches };
  return measurement;
}

async function searchQuality(archive: string, python: string): Promise<SearchQuality> {
  const evaluation = await evaluate(await readCollection(newsroom), {
    half: 'reporting',
    systems: ['fused+rerank', 'answered'],
    isNamed: true,
    processes: availableParallelism(),
    reranker: () => new ArchiveModel(archive, { python }),
  });
  const { 'fused+rerank': reranked, answered } = summarise(evaluation).systems;
  if (reranked === undefined || answered === undefined) throw new Error('the search did not answer');
  return {
    ndcgAt10: Number(reranked.metrics['nDCG@10'].mean.toFixed(4)),
    shownNdcgAt10: Number(answered.metrics['nDCG@10'].mean.toFixed(4)),
    nothingOfUnanswerable: Number((answered.nothing.unanswerable ?? 0).toFixed(3)),
    nothingOfAnswerable: Number(answered.nothing.answerable.toFixed(3)),
  };
}
