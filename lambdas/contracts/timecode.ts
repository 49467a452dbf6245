/** SMPTE ST 12-1 timecode: how a rate counts, and the way between frame numbers and `HH:MM:SS:FF`. */
export interface TimecodeRate {
  /** Frames counted to a timecode second: 24 for 23.976, 30 for 29.97. */
  nominalFramesPerSecond: number;
  /** Frames shown in a second of time. */
  framesPerSecond: number;
  /** Whether numbers are left out so that 29.97 and 59.94 keep to the clock; written with `;` before the frames. */
  isDropFrame: boolean;
}

/** Rates that cameras and players know, as fractions; a measured rate is taken for one of them within 0.1 %. */
const standardRates: readonly (readonly [number, number])[] = [
  [24000, 1001],
  [24, 1],
  [25, 1],
  [30000, 1001],
  [30, 1],
  [48, 1],
  [50, 1],
  [60000, 1001],
  [60, 1],
  [100, 1],
  [120000, 1001],
  [120, 1],
];
/** 24 and 23.976 lie 0.1 % apart: half of that tells them from each other. */
const rateTolerance = 0.0005;

/**
 * How a stream of this rate is counted. Drop-frame exists for 29.97 and 59.94 alone and is their default.
 * A rate that is no standard one (a phone's variable 28.7) counts to the nearest whole number.
 */
export function timecodeRate(framesPerSecond: number, options: { isDropFrame?: boolean } = {}): TimecodeRate {
  const standard = standardRates.find(
    ([numerator, denominator]) => Math.abs(framesPerSecond / (numerator / denominator) - 1) < rateTolerance,
  );
  const exact = standard === undefined ? framesPerSecond : standard[0] / standard[1];
  const canDrop = standard !== undefined && (standard[0] === 30000 || standard[0] === 60000);
  return {
    nominalFramesPerSecond: Math.max(1, Math.round(exact)),
    framesPerSecond: exact,
    isDropFrame: canDrop && (options.isDropFrame ?? true),
  };
}

/** Two numbers are dropped a minute at 30, four at 60, except in every tenth minute. */
const droppedAMinute = (rate: TimecodeRate): number => (rate.isDropFrame ? Math.round(rate.framesPerSecond / 15) : 0);
const framesInTenMinutes = (rate: TimecodeRate): number => rate.nominalFramesPerSecond * 600 - 9 * droppedAMinute(rate);
const framesInDay = (rate: TimecodeRate): number => framesInTenMinutes(rate) * 6 * 24;

/** The frame that is shown at a moment, counted from 0; the sum of a float's rounding never moves it. */
export const frameAtSeconds = (seconds: number, rate: TimecodeRate): number =>
  Math.round(seconds * rate.framesPerSecond);

/** `HH:MM:SS:FF` (drop-frame `HH:MM:SS;FF`) of a frame number; a day later it starts again at zero. */
export function formatTimecode(frame: number, rate: TimecodeRate): string {
  const day = framesInDay(rate);
  let number = ((Math.round(frame) % day) + day) % day;
  const dropped = droppedAMinute(rate);
  if (dropped > 0) {
    const tens = Math.floor(number / framesInTenMinutes(rate));
    const rest = number % framesInTenMinutes(rate);
    const framesInMinute = rate.nominalFramesPerSecond * 60 - dropped;
    const minutes = rest < dropped ? 0 : Math.floor((rest - dropped) / framesInMinute);
    number += dropped * (9 * tens + minutes);
  }
  const nominal = rate.nominalFramesPerSecond;
  const seconds = Math.floor(number / nominal);
  const pad = (part: number) => String(part).padStart(2, '0');
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(pad).join(':');
  return `${clock}${rate.isDropFrame ? ';' : ':'}${pad(number % nominal)}`;
}

/**
 * The frame number of a timecode.
 * @returns undefined where the text is none, or names a frame that this rate does not count (`00:01:00;00`).
 */
export function parseTimecode(text: string, rate: TimecodeRate): number | undefined {
  const match = /^(\d{2}):([0-5]\d):([0-5]\d)[:;.](\d{2,3})$/.exec(text.trim());
  if (match === null) return undefined;
  const [hours, minutes, seconds, frames] = match.slice(1).map(Number) as [number, number, number, number];
  if (hours > 23 || frames >= rate.nominalFramesPerSecond) return undefined;
  const dropped = droppedAMinute(rate);
  if (seconds === 0 && minutes % 10 !== 0 && frames < dropped) return undefined;
  const totalMinutes = hours * 60 + minutes;
  const counted = (totalMinutes * 60 + seconds) * rate.nominalFramesPerSecond + frames;
  return counted - dropped * (totalMinutes - Math.floor(totalMinutes / 10));
}
