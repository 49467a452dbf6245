import { hammingDistance } from '../../clients/near-duplicates/hash-bands.ts';

/** A keyframe by its perceptual hash and where in its video it lies. */
export interface TimedHash {
  hash: string;
  seconds: number;
  /** How long its shot is, where that is known. */
  shotSeconds?: number | undefined;
}
export interface ComparedVideo {
  durationSeconds: number;
  keyframes: readonly TimedHash[];
}

/** Bits in which keyframes of one shot differ once the video was encoded again or its shot a little shorter. */
const maxKeyframeBits = 10;
/** Seconds by which a keyframe's place may be off: another frame of its shot may have been the sharpest. */
const maxSecondsOff = 1.5;
/** Of the keyframes of the shorter video, which must lie in the longer one at the same distances. */
const minMatched = 0.8;
/** What is cut off more is another edit of the same material: related, but not a duplicate of it. */
const minLengthShare = 0.75;
/** One picture alone tells no video, unless both are as long to this share. */
const sameLengthShare = 0.97;
/** Or it stands for a whole shot of the same length between two that were cut, and no more than this is gone. */
const singleShotShare = 0.85;
const sameShotSeconds = 0.1;
/** Less than this is no cut but the place of a frame. */
const leastCutSeconds = 0.1;

/**
 * Whether one video is the other, encoded again or trimmed at its ends: its keyframes come at the same distances. The
 * first and the last shot of a trimmed one are shorter, so that another frame stands for each: it may be another
 * picture. A longer cut of the same material is another video.
 */
export function compareVideos(one: ComparedVideo, other: ComparedVideo): { isSame: boolean; score: number } {
  const [shorter, longer] = [one, other].map(inOrder).sort((a, b) => a.durationSeconds - b.durationSeconds) as [
    ComparedVideo,
    ComparedVideo,
  ];
  const lengthShare = longer.durationSeconds === 0 ? 0 : shorter.durationSeconds / longer.durationSeconds;
  const meeting = bestMeeting(shorter.keyframes, longer.keyframes);
  const matched = meeting.size;
  const counted = shorter.keyframes.length - excusedOf(shorter, longer, meeting);
  const score = counted === 0 ? 0 : matched / counted;
  const isTold =
    matched > 1 || lengthShare >= sameLengthShare || (lengthShare >= singleShotShare && isWholeShot(shorter, meeting));
  return { isSame: isTold && score >= minMatched && lengthShare >= minLengthShare, score };
}

/** The ledger lists keyframes by the names of their documents, the tenth before the second. */
const inOrder = (video: ComparedVideo): ComparedVideo => ({
  ...video,
  keyframes: video.keyframes.toSorted((a, b) => a.seconds - b.seconds),
});

/** Pairs of keyframes, by the index of the first video's. */
type Meeting = ReadonlyMap<number, { own: TimedHash; other: TimedHash }>;

const offsetOf = ({ own, other }: { own: TimedHash; other: TimedHash }): number => other.seconds - own.seconds;

/** Keyframes of the first that the second has, moved by the one time that lets most of them meet. */
function bestMeeting(shorter: readonly TimedHash[], longer: readonly TimedHash[]): Meeting {
  const pairs = shorter.flatMap((own, index) =>
    longer
      .filter(({ hash }) => hammingDistance(hash, own.hash) <= maxKeyframeBits)
      .map((other) => ({ index, own, other })),
  );
  return pairs
    .map((pair): Meeting => {
      const meeting = pairs.filter((other) => Math.abs(offsetOf(other) - offsetOf(pair)) <= maxSecondsOff);
      // Of several that one keyframe may be, the first.
      return new Map(meeting.reverse().map(({ index, own, other }) => [index, { own, other }]));
    })
    .reduce<Meeting>((most, each) => (each.size > most.size ? each : most), new Map());
}

/** How many keyframes did not meet because their shot was cut: the first one, the last one or both. */
function excusedOf(shorter: ComparedVideo, longer: ComparedVideo, meeting: Meeting): number {
  const offsets = [...meeting.values()].map(offsetOf).sort((a, b) => a - b);
  const offset = offsets[Math.floor(offsets.length / 2)];
  if (offset === undefined) return 0;
  const isStartCut = offset >= leastCutSeconds;
  const isEndCut = offset + shorter.durationSeconds <= longer.durationSeconds - leastCutSeconds;
  const last = shorter.keyframes.length - 1;
  return Number(isStartCut && !meeting.has(0)) + Number(isEndCut && !meeting.has(last));
}

/** Whether the one keyframe that met lies between others, and stands for a shot that both videos have from cut to cut. */
function isWholeShot({ keyframes }: ComparedVideo, meeting: Meeting): boolean {
  return [...meeting].some(([index, { own, other }]) => {
    const isBetween = index > 0 && index < keyframes.length - 1;
    const difference = (own.shotSeconds ?? Number.NaN) - (other.shotSeconds ?? Number.NaN);
    return isBetween && Math.abs(difference) <= sameShotSeconds;
  });
}
