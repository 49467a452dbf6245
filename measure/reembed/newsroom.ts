import { setTimeout as delay } from 'node:timers/promises';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { ApiCaller } from '../../local/supervisor/api-caller.ts';
import { ask } from '../search/load.ts';

const searchEveryMilliseconds = 500;
const uploadEveryMilliseconds = 6_000;

/** A query, and the asset that answers it. */
export interface Probe {
  text: string;
  assetId: string;
}
export interface Answered {
  at: number;
  status: number;
  /** Whether the asset was among the hits. */
  isFound: boolean;
  /** `name version` of the model that embedded the query; undefined where words alone had to do. */
  embed: string | undefined;
}

export async function askFor(api: ApiCaller, probe: Probe): Promise<Answered> {
  const at = performance.now();
  const { status, answer } = await ask(api, { q: probe.text, off: 'rerank' });
  return {
    at,
    status,
    isFound: answer?.hits.some(({ assetId }) => assetId === probe.assetId) ?? false,
    embed: answer?.query.models.embed,
  };
}

/** Editors who search and upload without a pause until they are sent home. */
export class Newsroom {
  readonly answered: Answered[] = [];
  readonly uploads: string[] = [];
  #isOpen = true;
  readonly #work: Promise<unknown>;

  constructor(api: ApiCaller, probes: readonly Probe[], originals: string) {
    this.#work = Promise.all([this.#search(api, probes), this.#upload(originals)]);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    await this.#work;
  }

  async #search(api: ApiCaller, probes: readonly Probe[]): Promise<void> {
    for (let at = 0; this.#isOpen; at++) {
      const probe = probes[at % probes.length];
      if (probe !== undefined) this.answered.push(await askFor(api, probe));
      await delay(searchEveryMilliseconds);
    }
  }

  async #upload(originals: string): Promise<void> {
    const s3 = new S3Client({ forcePathStyle: true });
    for (let at = 0; this.#isOpen; at++) {
      const fileName = `bulletin-${at}.txt`;
      const Body = `Bulletin number ${at}\n\nThe harbour office of pier ${at} reports ${at + 3} ferries on time this morning.\n`;
      await s3.send(new PutObjectCommand({ Bucket: originals, Key: `incoming/rehearsal/${fileName}`, Body }));
      this.uploads.push(fileName);
      await delay(uploadEveryMilliseconds);
    }
  }
}
