import type { AssetLedger } from '../../clients/asset-ledger.ts';
import { type MediaBucket, ObjectMissingError } from '../../clients/media-bucket.ts';
import {
  anchorOf,
  type Candidate,
  type Enrolment,
  type Likeness,
  type NearDuplicates,
} from '../../clients/near-duplicates.ts';
import { documentId } from '../../contracts/document-id.ts';
import { derivedKeys } from '../../contracts/keys.ts';
import type { LikenessRecord, Neighbour } from '../../contracts/near-duplicates.ts';
import { bestKeyframe, type ShotsFile } from '../../contracts/shots.ts';
import { type ComparedPicture, comparePictures } from './picture-comparison.ts';
import { isPlain, lookAt } from './picture-look.ts';
import { compareStories, lookAtStory } from './story-sketch.ts';
import { type ComparedVideo, compareVideos } from './video-comparison.ts';

export interface NearDuplicateClients {
  nearDuplicates: Pick<
    NearDuplicates,
    | 'enrol'
    | 'putLikeness'
    | 'listLikenesses'
    | 'findCandidates'
    | 'recordNeighbours'
    | 'joinNeighbours'
    | 'getMembership'
    | 'getMemberships'
  >;
  ledger: Pick<AssetLedger, 'getAssets'>;
  derived: Pick<MediaBucket, 'readBytes'>;
  now(): Date;
}

/** The asset that is looked at; `storyUri` names the story of which it is a version. */
export type LookedAt = Enrolment & { storyUri?: string | undefined };

/** What was found, for the step's detail and its metrics. */
export interface Found {
  /** Assets that were confirmed to be the same. */
  duplicates: number;
  groupId?: string | undefined;
  /** Set where there is nothing by which it could be told from others. */
  isPlain?: boolean;
}

/** Assets that are looked at once more, those first that most hashes lead to. */
const maxCompared = 12;
const maxNeighbours = 20;
/** Keyframes by which a video is found, spread over its length. */
export const maxKeyframes = 60;
/** Fewer keyframes than these are looked for as far as a hash can be found; of more a few are enough. */
const fewKeyframes = 4;
const maxThumbnailBytes = 2 * 1024 * 1024;
/** Bits that are set in the perceptual hash of a picture which shows something: fewer or more are one plain colour. */
const tellingBits = { least: 8, most: 56 };

/**
 * Finds the near-duplicates of an asset, by hashes first and then by a second look, and brings it into their group.
 * Everything may be done again: what was written before is found and kept.
 */
export class NearDuplicateSearch {
  readonly #clients: NearDuplicateClients;

  constructor(clients: NearDuplicateClients) {
    this.#clients = clients;
  }

  /** @param perceptualHash as admitted: 16 hexadecimal digits */
  async ofPhoto(asset: LookedAt, photo: Buffer, perceptualHash: string | undefined): Promise<Found> {
    const { nearDuplicates, now } = this.#clients;
    const look = await lookAt(photo);
    await nearDuplicates.enrol(asset);
    const likeness = {
      documentId: documentId(asset.assetId, 'photo', 0),
      assetId: asset.assetId,
      hashes: photoHashes(look, perceptualHash),
    };
    await nearDuplicates.putLikeness(likeness, now());
    if (isPlain(look)) return { duplicates: 0, isPlain: true };
    const neighbours = await this.#confirmed(asset, likeness, async (candidate) => {
      const other = await this.#lookAtDocument(candidate.documentId);
      return other === undefined ? undefined : comparePictures(look, other);
    });
    return this.#group(asset, neighbours, async (anchor) => {
      const other = await this.#lookAtDocument(documentId(anchor, 'photo', 0));
      return other !== undefined && comparePictures(look, other).isSame;
    });
  }

  async ofStory(asset: LookedAt, text: string): Promise<Found> {
    const { nearDuplicates, now } = this.#clients;
    const { hashes, sketch } = lookAtStory(text);
    await nearDuplicates.enrol(asset);
    const likeness = {
      documentId: documentId(asset.assetId, 'passage', 0),
      assetId: asset.assetId,
      hashes: { story: hashes },
      sketch,
    };
    await nearDuplicates.putLikeness(likeness, now());
    if (hashes.length === 0) return { duplicates: 0, isPlain: true };
    const sketchOf = async (assetId: string) => (await nearDuplicates.listLikenesses(assetId))[0]?.sketch;
    const compared = async (assetId: string) => {
      const other = await sketchOf(assetId);
      return other === undefined ? undefined : compareStories(sketch, other);
    };
    const neighbours = await this.#confirmed(asset, likeness, ({ assetId }) => compared(assetId));
    return this.#group(asset, neighbours, async (anchor) => (await compared(anchor))?.isSame ?? false);
  }

  async ofVideo(asset: LookedAt, file: ShotsFile): Promise<Found> {
    const { nearDuplicates, now } = this.#clients;
    const keyframes = keyframeLikenesses(asset.assetId, file);
    await nearDuplicates.enrol(asset);
    for (const keyframe of keyframes) await nearDuplicates.putLikeness(keyframe, now());
    if (keyframes.length === 0) return { duplicates: 0, isPlain: true };
    const leads = new Map<string, number>();
    for (const keyframe of keyframes) {
      const isOneOfMany = keyframes.length > fewKeyframes;
      const { candidates } = await nearDuplicates.findCandidates(keyframe, { isOneOfMany });
      for (const assetId of new Set(candidates.map((candidate) => candidate.assetId)))
        leads.set(assetId, (leads.get(assetId) ?? 0) + 1);
      await this.#confirmKeyframe(asset, keyframe, candidates);
    }
    const own = videoOf(keyframes);
    const compared = async (assetId: string) =>
      compareVideos(own, videoOf(await nearDuplicates.listLikenesses(assetId)));
    const neighbours: Neighbour[] = [];
    for (const assetId of await this.#comparable(asset, leads)) {
      const { isSame, score } = await compared(assetId);
      if (isSame) neighbours.push({ assetId, documentId: documentId(assetId, 'shot', 0), score });
    }
    return this.#group(asset, neighbours, async (anchor) => (await compared(anchor)).isSame);
  }

  /** The keyframe's own near-duplicates, whose words may be reused, whatever asset they are of. */
  async #confirmKeyframe(asset: LookedAt, keyframe: Likeness, candidates: readonly Candidate[]): Promise<void> {
    if (candidates.length === 0) return;
    const look = await this.#lookAtDocument(keyframe.documentId);
    if (look === undefined) return;
    const neighbours = await this.#secondLook(asset, candidates.slice(0, maxCompared), async (candidate) => {
      const other = await this.#lookAtDocument(candidate.documentId);
      return other === undefined ? undefined : comparePictures(look, other);
    });
    await this.#clients.nearDuplicates.recordNeighbours(keyframe, neighbours);
  }

  async #confirmed(asset: LookedAt, likeness: Likeness, compare: Compare): Promise<Neighbour[]> {
    const { nearDuplicates } = this.#clients;
    const { candidates } = await nearDuplicates.findCandidates(likeness);
    const neighbours = await this.#secondLook(asset, candidates.slice(0, maxCompared), compare);
    await nearDuplicates.recordNeighbours(likeness, neighbours);
    return neighbours;
  }

  async #secondLook(asset: LookedAt, candidates: readonly Candidate[], compare: Compare): Promise<Neighbour[]> {
    const shown = new Set(
      await this.#shown(
        asset,
        candidates.map(({ assetId }) => assetId),
      ),
    );
    const neighbours: Neighbour[] = [];
    for (const candidate of candidates.filter(({ assetId }) => shown.has(assetId))) {
      const comparison = await compare(candidate);
      if (comparison?.isSame !== true) continue;
      neighbours.push({ assetId: candidate.assetId, documentId: candidate.documentId, score: comparison.score });
    }
    return neighbours.sort((a, b) => b.score - a.score).slice(0, maxNeighbours);
  }

  /** Assets that are not refused or withdrawn, and no other version of the same story. */
  async #shown(asset: LookedAt, assetIds: readonly string[]): Promise<string[]> {
    if (assetIds.length === 0) return [];
    const assets = await this.#clients.ledger.getAssets(assetIds);
    return assetIds.filter((assetId) => {
      const other = assets.get(assetId);
      if (other === undefined || other.status === 'withdrawn' || other.status === 'refused') return false;
      return asset.storyUri === undefined || other.story?.uri !== asset.storyUri;
    });
  }

  async #comparable(asset: LookedAt, leads: ReadonlyMap<string, number>): Promise<string[]> {
    const videos = await this.#clients.nearDuplicates.getMemberships([...leads.keys()]);
    const most = [...leads]
      .filter(([assetId]) => videos.get(assetId)?.kind === asset.kind)
      .sort(([, a], [, b]) => b - a)
      .map(([assetId]) => assetId)
      .slice(0, maxCompared);
    return this.#shown(asset, most);
  }

  /** @returns undefined where its thumbnail is not there (yet, or any more) */
  async #lookAtDocument(id: string): Promise<ComparedPicture | undefined> {
    const [assetId = '', kind, ordinal = ''] = id.split('.');
    const key = derivedKeys.thumbnail(assetId, kind === 'photo' ? 'photo' : ordinal);
    try {
      return await lookAt(await this.#clients.derived.readBytes({ key }, { maxBytes: maxThumbnailBytes }));
    } catch (error) {
      if (error instanceof ObjectMissingError) return undefined;
      throw error;
    }
  }

  /**
   * A group takes only what is like the asset that it began with: otherwise, each a little unlike the one before, a slow
   * pan would end in one group. Groups are of one kind: a photo that is a frame of a video stays a photo.
   */
  async #group(
    asset: LookedAt,
    neighbours: readonly Neighbour[],
    isLikeAnchor: (anchor: string) => Promise<boolean>,
  ): Promise<Found> {
    const { nearDuplicates } = this.#clients;
    const alike = new Set(neighbours.map(({ assetId }) => assetId));
    const memberships = await nearDuplicates.getMemberships([...alike]);
    const verdicts = new Map<string, boolean>();
    const joined: string[] = [];
    for (const assetId of alike) {
      const membership = memberships.get(assetId);
      if (membership?.kind !== asset.kind) continue;
      if (membership.groupId !== undefined) {
        const { groupId } = membership;
        const verdict = verdicts.get(groupId) ?? (await this.#admits(groupId, alike, isLikeAnchor));
        verdicts.set(groupId, verdict);
        if (!verdict) continue;
      }
      joined.push(assetId);
    }
    const groupId = await nearDuplicates.joinNeighbours(asset.assetId, joined);
    return { duplicates: joined.length, groupId };
  }

  async #admits(
    groupId: string,
    alike: ReadonlySet<string>,
    isLikeAnchor: (anchor: string) => Promise<boolean>,
  ): Promise<boolean> {
    const anchor = anchorOf(groupId);
    if (alike.has(anchor)) return true;
    const membership = await this.#clients.nearDuplicates.getMembership(anchor);
    // It has left the group: what remains is compared with one another.
    if (membership?.groupId !== groupId) return true;
    return isLikeAnchor(anchor);
  }
}

type Compare = (candidate: Candidate) => Promise<{ isSame: boolean; score: number } | undefined>;

const toHash = (bits: bigint): string => bits.toString(16).padStart(16, '0');

function photoHashes(look: ComparedPicture, perceptualHash: string | undefined): Likeness['hashes'] {
  if (isPlain(look)) return {};
  return {
    ...(perceptualHash === undefined || !isTelling(perceptualHash) ? {} : { picture: [perceptualHash] }),
    detail: [...new Set(look.landmarks.map(({ bits }) => toHash(bits)))],
  };
}

/** A plain picture's hash has next to no bits set, or nearly all. */
function isTelling(hash: string): boolean {
  const ones = [...BigInt(`0x${hash}`).toString(2)].filter((bit) => bit === '1').length;
  return ones >= tellingBits.least && ones <= tellingBits.most;
}

function keyframeLikenesses(assetId: string, { shots, video }: ShotsFile): Likeness[] {
  const telling = shots.filter((shot) => isTelling(bestKeyframe(shot).perceptualHash));
  const every = Math.max(1, telling.length / maxKeyframes);
  const spread = Array.from(
    { length: Math.min(telling.length, maxKeyframes) },
    (_, at) => telling[Math.floor(at * every)],
  );
  return spread
    .filter((shot) => shot !== undefined)
    .map((shot) => ({
      documentId: documentId(assetId, 'shot', shot.index),
      assetId,
      hashes: { picture: [bestKeyframe(shot).perceptualHash] },
      video: {
        seconds: bestKeyframe(shot).seconds,
        durationSeconds: video.durationSeconds,
        shotSeconds: shot.endSeconds - shot.startSeconds,
      },
    }));
}

const videoOf = (keyframes: readonly Pick<LikenessRecord, 'hashes' | 'video'>[]): ComparedVideo => ({
  durationSeconds: keyframes[0]?.video?.durationSeconds ?? 0,
  keyframes: keyframes.flatMap(({ hashes, video }) =>
    (hashes.picture ?? []).map((hash) => ({ hash, seconds: video?.seconds ?? 0, shotSeconds: video?.shotSeconds })),
  ),
});
