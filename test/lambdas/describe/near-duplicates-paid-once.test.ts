import fc from 'fast-check';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { type CaptionedPicture, precedence } from '../../../lambdas/clients/captions/captioner.ts';
import type { CaptionAnswer } from '../../../lambdas/contracts/captions.ts';
import {
  type CaptionServices,
  captionPictures,
  type PicturedDocument,
} from '../../../lambdas/describe/generated-captions.ts';
import { captionSettings } from '../support/caption-settings.ts';

const settings = captionSettings();
const answerTo = (key: string): CaptionAnswer => ({
  ...{ state: 'answered', text: `A ferry in the harbour, ${key}.`, model: 'vision-1', promptVersion: '2' },
  ...{ inputTokens: 1, outputTokens: 1, costMicroDollars: 1, answeredAt: '2026-05-01T12:00:00Z' },
  reservation: { desk: 'sport', day: '2026-05-01', id: 'x' },
});

/**
 * The ledger's rows in memory. Whoever reads or writes one waits for its turn, so that the steps of several workers can
 * be laid in any order.
 */
class Rows {
  readonly paid: string[] = [];
  readonly #turn: () => Promise<void>;
  readonly #likenesses: PicturedDocument[] = [];
  readonly #uses = new Map<string, string>();
  readonly #offers = new Map<string, string[]>();
  readonly #claims = new Map<string, string>();
  readonly #answers = new Map<string, CaptionAnswer>();

  constructor(turn: () => Promise<void>) {
    this.#turn = turn;
  }

  /** What the likeness step does before captions are thought of. */
  async enrol(document: PicturedDocument): Promise<PicturedDocument[]> {
    await this.#turn();
    this.#likenesses.push(document);
    await this.#turn();
    return this.#likenesses.filter((other) => other !== document);
  }

  services(neighbours: readonly PicturedDocument[]): CaptionServices {
    const turned =
      <Given extends unknown[], Result>(work: (...given: Given) => Result) =>
      async (...given: Given): Promise<Result> => {
        await this.#turn();
        return work(...given);
      };
    return {
      settings,
      captioner: { caption: (picture, { owner }) => this.#caption(picture, owner) },
      paid: {
        recall: turned((key) => this.#answers.get(key)),
        look: turned(
          (key) =>
            this.#answers.get(key) ?? { state: this.#claims.has(key) ? ('under way' as const) : ('none' as const) },
        ),
      },
      records: {
        recordUse: turned(({ documentId, captionKey }) => void this.#uses.set(documentId, captionKey)),
        findUse: turned((assetId, documentId) => {
          const captionKey = this.#uses.get(documentId);
          return captionKey === undefined ? undefined : { assetId, documentId, captionKey };
        }),
      },
      findNames: async (texts) => texts.map(() => []),
      findNeighbours: turned(() => neighbours),
      offer: async (to, key) => {
        for (const { documentId } of to)
          await turned(() => this.#offers.set(documentId, [...(this.#offers.get(documentId) ?? []), key]))();
      },
      findOffers: turned((_, documentId) => this.#offers.get(documentId) ?? []),
      findHolds: async () => [],
      deadline: () => new Date('2026-05-01T12:05:00Z'),
      now: () => new Date('2026-05-01T12:00:00Z'),
    };
  }

  async #caption({ key, rivals }: CaptionedPicture, owner: string) {
    for (;;) {
      await this.#turn();
      const answer = this.#answers.get(key);
      if (answer !== undefined) return { state: 'answered' as const, answer, isPaidNow: false };
      if (!this.#claims.has(key)) break;
    }
    this.#claims.set(key, owner);
    let place = precedence(key, (await rivals?.()) ?? []);
    while (place === 'waits') place = precedence(key, (await rivals?.()) ?? []);
    await this.#turn();
    if (place === 'asks') {
      this.paid.push(key);
      await this.#turn();
      this.#answers.set(key, answerTo(key));
    }
    this.#claims.delete(key);
    const made = this.#answers.get(key);
    return made === undefined
      ? { state: 'yielded' as const }
      : { state: 'answered' as const, answer: made, isPaidNow: true };
  }
}

it('near-duplicates that arrive at the same moment are paid for once, in whatever order their steps come', async () => {
  const pixels = await sharp({ create: { width: 16, height: 16, channels: 3, background: '#246' } })
    .jpeg()
    .toBuffer();
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 3 }), async (scheduler, count) => {
      const rows = new Rows(() => scheduler.schedule(Promise.resolve()));
      const arrive = async (number: number) => {
        const sha256 = String(number).repeat(64);
        const document = { assetId: sha256, documentId: `${sha256}.photo.0` };
        const services = rows.services(await rows.enrol(document));
        const picture = { documentId: document.documentId, sha256, read: async () => pixels };
        return captionPictures(services, [picture], { assetId: sha256, attempt: 1, desk: 'sport', knownNames: [] });
      };
      const arrivals = Promise.all(Array.from({ length: count }, (_, number) => arrive(number)));
      const runs = await scheduler.waitFor(arrivals);
      expect(rows.paid).toHaveLength(1);
      expect(new Set(runs.map(({ captions }) => captions[0]?.text)).size).toBe(1);
      expect(runs[0]?.captions[0]).toBeDefined();
    }),
    { numRuns: 1000 },
  );
});
