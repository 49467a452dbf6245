import { setTimeout as delay } from 'node:timers/promises';
import type { SearchResponse } from '../../lambdas/contracts/search.ts';
import type { ApiCaller } from '../../local/supervisor/api-caller.ts';

export interface ReaderReport {
  looks: number;
  /** Looks that were not answered: the local AWS was down. */
  unanswered: number;
  /** What no reader should see, in words. */
  sightings: string[];
  /** Assets that were found at some time. */
  found: ReadonlySet<string>;
}

const pageSize = 50;
const pauseMilliseconds = 700;
const maxPages = 20;

/** What is wrong with one page of an answer: an asset or a document that stands there twice. */
export function doublesOnPage({ hits }: Pick<SearchResponse, 'hits'>): string[] {
  const documents = hits.flatMap(({ matches }) => matches.map(({ documentId }) => documentId));
  return [
    ...repeated(hits.map(({ assetId }) => assetId)).map((assetId) => `asset ${assetId} twice on one page`),
    ...repeated(documents).map((documentId) => `document ${documentId} twice on one page`),
  ];
}

const repeated = (ids: readonly string[]): string[] => [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))];

/** Somebody who lists the whole archive again and again, and writes down what should not be. */
export class Reader {
  private readonly api: ApiCaller;
  private readonly report = { looks: 0, unanswered: 0, sightings: new Set<string>(), found: new Set<string>() };
  private isReading = true;
  private readonly reading: Promise<void>;

  constructor(api: ApiCaller) {
    this.api = api;
    this.reading = this.read();
  }

  async stop(): Promise<ReaderReport> {
    this.isReading = false;
    await this.reading;
    return { ...this.report, sightings: [...this.report.sightings] };
  }

  private async read(): Promise<void> {
    while (this.isReading) {
      try {
        await this.look();
        this.report.looks += 1;
      } catch {
        this.report.unanswered += 1;
      }
      await delay(pauseMilliseconds);
    }
  }

  private async look(): Promise<void> {
    for (let page = 1; page <= maxPages; page += 1) {
      const answer = await this.api.search({ q: '', size: String(pageSize), page: String(page), off: 'fold,cutoff' });
      for (const sighting of doublesOnPage(answer)) this.report.sightings.add(sighting);
      for (const { assetId } of answer.hits) this.report.found.add(assetId);
      if (answer.hits.length < pageSize) return;
    }
  }
}
