import type { AssetKind } from '../contracts/assets.ts';

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;

/** A photo is decoded whole in memory, a story is read whole; a video is streamed, up to what one S3 PUT may carry. */
export const maxBytes: Record<AssetKind, number> = {
  photo: 150 * mebibyte,
  video: 5 * gibibyte,
  story: 5 * mebibyte,
};
export const maxSidecarBytes = 1 * mebibyte;

/** Press cameras stay below it; what is above decodes into gigabytes. */
export const maxPixels = 100_000_000;

/** Enough for every signature, an MXF run-in of 64 KiB included. */
export const headBytes = 68 * 1024;

/** Two of these are in memory while a video is fingerprinted. */
export const fingerprintRangeBytes = 16 * mebibyte;

/** 5 GiB as "5 GiB", 1,572,864 as "1.5 MiB": for sentences. */
export function sizeInWords(bytes: number): string {
  const [value, unit] = bytes >= gibibyte ? [bytes / gibibyte, 'GiB'] : [bytes / mebibyte, 'MiB'];
  return `${Number(value.toFixed(1))} ${unit}`;
}
