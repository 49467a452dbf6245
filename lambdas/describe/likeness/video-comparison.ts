import { hammingDistance } from '../../clients/near-duplicates/hash-bands.ts';

/** A keyframe by its perceptual hash and where in its video it lies. */
export interface TimedHash {
  hash: string;
  seconds: number;
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

/**
 * Whether one video is the other, encoded again or trimmed at its ends: its keyframes come at the same distances. A
 * longer cut of the same material is another video.
 */
export function compareVideos(one: ComparedVideo, other: ComparedVideo): { isSame: boolean; score: number } {
  const [shorter, longer] = [one, other].sort((a, b) => a.durationSeconds - b.durationSeconds) as [
    ComparedVideo,
    ComparedVideo,
  ];
  if (shorter.keyframes.length === 0 || longer.keyframes.length === 0) return { isSame: false, score: 0 };
  const lengthShare = longer.durationSeconds === 0 ? 0 : shorter.durationSeconds / longer.durationSeconds;
  const matched = mostMatched(shorter.keyframes, longer.keyframes);
  const score = matched / shorter.keyframes.length;
  const isTold = matched > 1 || lengthShare >= sameLengthShare;
  return { isSame: isTold && score >= minMatched && lengthShare >= minLengthShare, score };
}

/** Keyframes of the first that the second has, moved by the one time that lets most of them meet. */
function mostMatched(shorter: readonly TimedHash[], longer: readonly TimedHash[]): number {
  const meetings = shorter.flatMap((keyframe, index) =>
    longer
      .filter(({ hash }) => hammingDistance(hash, keyframe.hash) <= maxKeyframeBits)
      .map(({ seconds }) => ({ index, offset: seconds - keyframe.seconds })),
  );
  const counts = meetings.map(
    ({ offset }) =>
      new Set(meetings.filter((other) => Math.abs(other.offset - offset) <= maxSecondsOff).map(({ index }) => index))
        .size,
  );
  return Math.max(0, ...counts);
}
