import fc from 'fast-check';
import { type FrameLook, FrameObserver } from '../../../lambdas/detection/frame-look.ts';
import { frameSize } from '../../../lambdas/detection/frames.ts';

export const flat = (value: number): Buffer => Buffer.alloc(frameSize.bytes, value);
/** Stripes four pixels wide. */
export const striped = (dark: number, light: number): Buffer =>
  Buffer.from(Array.from({ length: frameSize.bytes }, (_, at) => (Math.floor(at / 12) % 2 === 0 ? dark : light)));
/** A picture that is dark on the left of `edge` and light on its right: another `edge`, another picture. */
export const split = (edge: number, dark = 40, light = 200): Buffer =>
  Buffer.from(
    Array.from({ length: frameSize.bytes }, (_, at) =>
      Math.floor(at / 3) % frameSize.width < edge * frameSize.width ? dark : light,
    ),
  );
/** A share of one picture over another, as in a dissolve. */
export const mixed = (one: Buffer, other: Buffer, share: number): Buffer =>
  Buffer.from(one.map((value, at) => Math.round(value * (1 - share) + (other[at] ?? 0) * share)));
/** The same picture in a brighter light, or a darker one. */
export const lit = (picture: Buffer, gain: number): Buffer =>
  Buffer.from(picture.map((value) => Math.max(0, Math.min(255, Math.round(value + gain)))));

export function observe(frames: readonly Buffer[]): FrameLook[] {
  const observer = new FrameObserver();
  return frames.map((frame) => observer.look(frame));
}

export const anyLook = fc.record({
  brightness: fc.nat(255),
  contrast: fc.nat(255).map((value) => value / 2),
  motion: fc.nat(255).map((value) => value / 4),
  sharpness: fc.nat(255).map((value) => value / 4),
  cb: fc.nat(255),
  cr: fc.nat(255),
  cells: fc.uint8Array({ minLength: 40, maxLength: 40 }),
});
