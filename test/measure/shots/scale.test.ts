import { describe, expect, it } from 'vitest';
import { sampleOf } from '../../../measure/shots/scale/run-video.ts';

describe('the chunks of a long video that are worked on', () => {
  it('are all where there are few, else some of its beginning, its middle and its end', () => {
    expect(sampleOf(1)).toEqual([0]);
    expect(sampleOf(4)).toEqual([0, 1, 2, 3]);
    expect(sampleOf(5)).toEqual([0, 1, 2, 4]);
    expect(sampleOf(160)).toEqual([0, 79, 80, 159]);
  });
});
