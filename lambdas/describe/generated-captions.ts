import { createHash } from 'node:crypto';
import { captionKey } from '../clients/captions/caption-key.ts';
import type { CaptionRecords } from '../clients/captions/caption-records.ts';
import type { Captioner, Captioning, Rival, Yielded } from '../clients/captions/captioner.ts';
import type { PaidCaptions } from '../clients/captions/paid-captions.ts';
import {
  type CaptionAnswer,
  type CaptionSettings,
  maxCaptionsPerAsset,
  type WaitingReason,
} from '../contracts/captions.ts';
import type { EntitySpan } from '../contracts/models.ts';
import { type Hold, holdOf, releaseOf } from '../contracts/release.ts';
import { lintCaption, plainAnswer } from './caption-lint.ts';
import { toSentPicture } from './sent-picture.ts';

const callsInFlight = 4;
/** The likest ones: a caption costs less than reading on through a large group. */
const maxNeighboursAsked = 5;

/** A picture that nobody has described. */
export interface SilentPicture {
  documentId: string;
  /** The hash of its bytes, where it is known without reading them. */
  sha256?: string;
  read(): Promise<Buffer>;
}
/** The asset that shows the pictures. */
export interface CaptionedAsset {
  assetId: string;
  attempt: number;
  desk: string;
  /** Names that its metadata names: the only people a caption may name. */
  knownNames: readonly string[];
}
export interface GeneratedCaption {
  text: string;
  model: string;
  promptVersion: string;
}
export interface CaptionRun {
  /** One a picture, undefined where none came. */
  captions: (GeneratedCaption | undefined)[];
  /** Pictures that are to be captioned later, and why. */
  waiting?: { reason: WaitingReason; pictures: number; until?: string };
  /** Why others got none: refused by the provider or by the lint, or above the number of one asset. */
  failures: string[];
  paid: number;
}
/** What an asset's describing needs of captions. */
export interface PictureCaptions {
  readonly sentUsageTerms: readonly string[];
  captionPictures(pictures: readonly SilentPicture[], asset: CaptionedAsset): Promise<CaptionRun>;
}

/** A document and the asset that shows it. */
export interface PicturedDocument {
  assetId: string;
  documentId: string;
}

export interface CaptionServices {
  settings: CaptionSettings;
  captioner: Pick<Captioner, 'caption'>;
  paid: Pick<PaidCaptions, 'recall' | 'look'>;
  records: Pick<CaptionRecords, 'recordUse' | 'findUse'>;
  /** The `entities` endpoint's findings, a list for each text. @throws RetryableError where it does not answer. */
  findNames(texts: readonly string[]): Promise<EntitySpan[][]>;
  /** Documents of other assets that show nearly the same picture, the most alike first. */
  findNeighbours(assetId: string, documentId: string): Promise<readonly PicturedDocument[]>;
  /** Tells near-duplicates, which may have looked for theirs before this one was there, which caption it will ask for. */
  offer(to: readonly PicturedDocument[], captionKey: string): Promise<void>;
  /** Captions that a document was told of so. */
  findOffers(assetId: string, documentId: string): Promise<readonly string[]>;
  /** What must be waited for of assets, as far as their sources were read. */
  findHolds(assetIds: readonly string[]): Promise<readonly Hold[]>;
  /** Nothing is begun that could end after it. */
  deadline(): Date;
  now(): Date;
}

/** How often a picture may give way to another of its near-duplicates; each time needs the other's progress. */
const maxRounds = 10;

/** What became of one picture, before its words are linted. */
type Outcome = Captioning | Held | { state: 'over the limit' };
/** Nearly the same picture is held back, so this one does not leave the house either. */
type Held = { state: 'held'; until?: string };

/** Which caption a picture is to show, and what was found beside it. */
interface Choice {
  key: string;
  answer?: CaptionAnswer;
  neighbours: readonly PicturedDocument[];
}

/**
 * Captions pictures that nobody has described, each by what was paid for it before, by its near-duplicate's caption
 * (also one that is being made at this moment), or by a new one. A picture whose caption fails goes without: words that
 * a machine could have found are no reason to lose what people wrote. Once the money or the provider is gone, only what costs nothing is still looked for.
 * @throws RetryableError where the ledger or the `entities` endpoint does not answer: what was paid is kept.
 */
export async function captionPictures(
  services: CaptionServices,
  pictures: readonly SilentPicture[],
  asset: CaptionedAsset,
): Promise<CaptionRun> {
  const run = new PictureRun(services, asset);
  const outcomes: Outcome[] = pictures.map(() => ({ state: 'over the limit' }));
  const waiting = [...pictures.entries()].slice(0, maxCaptionsPerAsset);
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      outcomes[next[0]] = await run.outcomeOf(next[1]);
  };
  await Promise.all(Array.from({ length: callsInFlight }, worker));
  return summed(outcomes, await lintAll(services, outcomes, asset.knownNames));
}

class PictureRun {
  readonly #services: CaptionServices;
  readonly #asset: CaptionedAsset;
  /** The same picture twice in one asset is one caption. */
  readonly #byKey = new Map<string, Promise<Captioning | Yielded>>();
  /** Why nothing more is paid for in this run. */
  #stoppedBy: Extract<Captioning, { state: 'waiting' }> | undefined;

  constructor(services: CaptionServices, asset: CaptionedAsset) {
    this.#services = services;
    this.#asset = asset;
  }

  async outcomeOf(picture: SilentPicture): Promise<Captioning | Held> {
    const { settings, records, offer } = this.#services;
    const { assetId } = this.#asset;
    const read = cached(picture.read);
    const sha256 =
      picture.sha256 ??
      createHash('sha256')
        .update(await read())
        .digest('hex');
    const own = captionKey(sha256, settings);
    const { documentId } = picture;
    for (let round = 0; round < maxRounds; round++) {
      const chosen = await this.#choose(own, documentId);
      const held = chosen.answer === undefined ? await this.#heldWith(chosen.neighbours) : undefined;
      if (held !== undefined) return held;
      // Before anything is asked: a withdrawal finds a caption by its use, wherever this run may end.
      await records.recordUse({ assetId, documentId, captionKey: chosen.key });
      if (chosen.answer !== undefined) return { state: 'answered', answer: chosen.answer, isPaidNow: false };
      await offer(chosen.neighbours, chosen.key);
      const captioning = await this.#captionOnce(chosen, documentId, read);
      if (captioning.state !== 'yielded') return captioning;
    }
    return { state: 'waiting', reason: 'busy' };
  }

  /**
   * Which caption the picture is to show where it has none of its own: a near-duplicate's that is there; else the one
   * that is being made for a near-duplicate at this moment, which is waited for; else, of those that are still to be
   * made for it and its near-duplicates, the one that each of them chooses, so that the first to ask pays for all.
   */
  async #choose(own: string, documentId: string): Promise<Choice> {
    const { paid, findNeighbours } = this.#services;
    if ((await paid.recall(own)) !== undefined) return { key: own, neighbours: [] };
    const neighbours = (await findNeighbours(this.#asset.assetId, documentId)).slice(0, maxNeighboursAsked);
    const { answered, underWay, open } = await this.#seenBeside(documentId, neighbours);
    if (answered !== undefined) return { ...answered, neighbours };
    const [key = own] = underWay.length > 0 ? underWay : [own, ...open].sort();
    return { key, neighbours };
  }

  /** How far the captions are that near-duplicates show or ask for; the first that is there is enough. */
  async #seenBeside(
    documentId: string,
    neighbours: readonly PicturedDocument[],
  ): Promise<{ answered?: { key: string; answer: CaptionAnswer }; underWay: string[]; open: string[] }> {
    const { paid, now } = this.#services;
    const [underWay, open]: [string[], string[]] = [[], []];
    for await (const key of this.#keysBeside(documentId, neighbours)) {
      const found = await paid.look(key, now());
      if (found.state === 'answered') return { answered: { key, answer: found }, underWay, open };
      if (found.state === 'under way') underWay.push(key);
      if (found.state === 'none') open.push(key);
    }
    return { underWay, open };
  }

  async *#keysBeside(documentId: string, neighbours: readonly PicturedDocument[]): AsyncGenerator<string> {
    const { records, findOffers } = this.#services;
    for (const neighbour of neighbours) {
      const use = await records.findUse(neighbour.assetId, neighbour.documentId);
      if (use !== undefined) yield use.captionKey;
    }
    yield* await findOffers(this.#asset.assetId, documentId);
  }

  /** A copy that came without its embargo shows what is under embargo all the same. */
  async #heldWith(neighbours: readonly PicturedDocument[]): Promise<Held | undefined> {
    const { findHolds, now } = this.#services;
    const others = [...new Set(neighbours.map(({ assetId }) => assetId))].filter((id) => id !== this.#asset.assetId);
    if (others.length === 0) return undefined;
    const release = releaseOf(holdOf(await findHolds(others)), now());
    if (release.state === 'withheld') return { state: 'held' };
    return release.state === 'embargoed' ? { state: 'held', until: release.until } : undefined;
  }

  async #captionOnce(chosen: Choice, documentId: string, read: () => Promise<Buffer>): Promise<Captioning | Yielded> {
    const { key } = chosen;
    const begun = this.#byKey.get(key) ?? this.#caption(chosen, documentId, read);
    this.#byKey.set(key, begun);
    const captioning = await begun;
    // It may be asked for after all, once the one that it gave way to came to nothing.
    if (captioning.state === 'yielded') this.#byKey.delete(key);
    return captioning;
  }

  async #caption(
    { key, neighbours }: Choice,
    documentId: string,
    read: () => Promise<Buffer>,
  ): Promise<Captioning | Yielded> {
    const { captioner, paid, settings, deadline } = this.#services;
    const { desk, attempt } = this.#asset;
    if (this.#stoppedBy !== undefined) {
      const answer = await paid.recall(key);
      return answer?.state === 'answered' ? { state: 'answered', answer, isPaidNow: false } : this.#stoppedBy;
    }
    const captioning = await captioner.caption(
      {
        key,
        read: async () => toSentPicture(await read(), settings.image),
        rivals: async () => {
          const { answered, underWay } = await this.#seenBeside(documentId, neighbours);
          const rivals: Rival[] = underWay.map((rival) => ({ key: rival, state: 'under way' }));
          return answered === undefined ? rivals : [...rivals, { key: answered.key, state: 'answered' }];
        },
      },
      { desk, owner: `${documentId}/${attempt}`, deadline: deadline() },
    );
    if (captioning.state === 'waiting' && captioning.reason !== 'busy') this.#stoppedBy ??= captioning;
    return captioning;
  }
}

function cached<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let begun: Promise<Value> | undefined;
  return () => {
    begun ??= read();
    return begun;
  };
}

type Linted = { caption: GeneratedCaption } | { rejected: string } | undefined;

async function lintAll(
  { findNames }: CaptionServices,
  outcomes: readonly Outcome[],
  known: readonly string[],
): Promise<Linted[]> {
  const texts = outcomes.map((outcome) => (outcome.state === 'answered' ? plainAnswer(outcome.answer.text) : ''));
  const asked = [...new Set(texts.filter((text) => text !== ''))];
  const found = asked.length === 0 ? [] : await findNames(asked);
  const spans = new Map(asked.map((text, at) => [text, found[at] ?? []]));
  return outcomes.map((outcome, at) =>
    outcome.state === 'answered' ? linted(outcome.answer, spans.get(texts[at] ?? '') ?? [], known) : undefined,
  );
}

function linted(
  { text, model, promptVersion }: CaptionAnswer,
  spans: readonly EntitySpan[],
  known: readonly string[],
): Linted {
  const result = lintCaption(text, { spans, known });
  return 'text' in result ? { caption: { text: result.text, model, promptVersion } } : result;
}

function summed(outcomes: readonly Outcome[], lintedOnes: readonly Linted[]): CaptionRun {
  const failures = outcomes.flatMap((outcome, at) => {
    const result = lintedOnes[at];
    if (outcome.state === 'refused') return [outcome.reason];
    if (outcome.state === 'held' && outcome.until === undefined) return ['nearly the same picture is withheld'];
    if (outcome.state === 'over the limit') return [`one asset has ${maxCaptionsPerAsset} pictures captioned at most`];
    return result !== undefined && 'rejected' in result ? [result.rejected] : [];
  });
  const waiting = outcomes.flatMap((outcome): NonNullable<CaptionRun['waiting']>[] => {
    if (outcome.state === 'waiting') return [{ reason: outcome.reason, pictures: 1 }];
    return outcome.state === 'held' && outcome.until !== undefined
      ? [{ reason: 'embargo', pictures: 1, until: outcome.until }]
      : [];
  });
  const [first] = waiting;
  return {
    captions: lintedOnes.map((result) => (result !== undefined && 'caption' in result ? result.caption : undefined)),
    ...(first === undefined ? {} : { waiting: { ...first, pictures: waiting.length } }),
    failures: [...new Set(failures)],
    paid: outcomes.filter((outcome) => outcome.state === 'answered' && outcome.isPaidNow).length,
  };
}

/** What the page shows beside the step: how many captions were made, and why others were not. */
export function captionDetail({ captions, failures, waiting }: Omit<CaptionRun, 'paid'>): string {
  const made = captions.filter((caption) => caption !== undefined).length;
  const parts = [
    `${made} generated ${made === 1 ? 'caption' : 'captions'}`,
    ...(waiting === undefined ? [] : [`${waiting.pictures} to come later`]),
    ...failures.slice(0, 1),
  ];
  return parts.join(', ');
}
