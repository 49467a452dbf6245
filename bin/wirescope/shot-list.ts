import type { Shot, ShotsFile } from '../../lambdas/contracts/shots.ts';
import { frameAtSeconds, parseTimecode, type TimecodeRate, timecodeRate } from '../../lambdas/contracts/timecode.ts';

/** A stretch of the source: a shot, or the frames between two shots that belong to a gradual transition. */
export interface ShotListEntry {
  name: string;
  kind: 'shot' | 'gradual';
  /** First frame and number of frames on the timecode clock of the source. */
  startFrame: number;
  frameCount: number;
  facts: Record<string, string | number>;
}
/** A whole source as an edit suite takes it: contiguous entries on one clock. */
export interface ShotList {
  title: string;
  source: { url: string; reel: string; startFrame: number; frameCount: number };
  /** Frames a second of the clock: 30 where 29.97 is counted without dropping numbers. */
  rate: number;
  isDropFrame: boolean;
  timecodeRate: TimecodeRate;
  entries: ShotListEntry[];
  facts: Record<string, string | number>;
}
export interface ShotListSource {
  title: string;
  fileName: string;
  url: string;
}

/** Rates that SMPTE timecode knows: https://opentimelineio.readthedocs.io/en/latest/api/python/opentimelineio.opentime.html */
const editRates = [23.976, 24, 25, 29.97, 30, 48, 50, 59.94, 60];
const rateTolerance = 0.001;
/** A tape's name in a CMX 3600 event has eight characters. */
const reelLength = 8;

/**
 * The clock that an edit list is written on: the video's own where timecode knows it, else the nearest that it knows,
 * as an edit suite conforms a phone's variable rate.
 */
export function editRateOf(framesPerSecond: number, startTimecode: string): TimecodeRate {
  const own = editRates.some((rate) => Math.abs(framesPerSecond / rate - 1) < rateTolerance);
  const nearest = editRates.reduce((best, rate) =>
    Math.abs(rate - framesPerSecond) < Math.abs(best - framesPerSecond) ? rate : best,
  );
  return timecodeRate(own ? framesPerSecond : nearest, { isDropFrame: own && startTimecode.includes(';') });
}

/** The shots of shots.json as contiguous entries; every frame of the source lies in exactly one of them. */
export function shotListOf({ video, shots, model, assetId }: ShotsFile, source: ShotListSource): ShotList {
  const [first] = shots as [Shot, ...Shot[]];
  const rate = editRateOf(video.framesPerSecond, first.startTimecode);
  const origin = parseTimecode(first.startTimecode, rate) ?? frameAtSeconds(first.startSeconds, rate);
  const frameAt = (seconds: number): number => origin + frameAtSeconds(seconds - first.startSeconds, rate);
  const entries: ShotListEntry[] = [];
  const add = (entry: Omit<ShotListEntry, 'frameCount'>, end: number): void => {
    if (end > entry.startFrame) entries.push({ ...entry, frameCount: end - entry.startFrame });
  };
  shots.forEach((shot, position) => {
    const startFrame = frameAt(shot.startSeconds);
    const end = frameAt(shot.endSeconds);
    const { kind, probability } = shot.transitionIn;
    const name = `${source.fileName} ${String(shot.index + 1).padStart(3, '0')}`;
    add({ name, kind: 'shot', startFrame, facts: { shot: shot.index + 1, transition: kind, probability } }, end);
    const next = shots[position + 1];
    if (next !== undefined)
      add(
        { name: `${name} to ${next.index + 1}`, kind: 'gradual', startFrame: end, facts: { transition: 'gradual' } },
        frameAt(next.startSeconds),
      );
  });
  const last = entries.at(-1);
  return {
    title: source.title,
    source: {
      url: source.url,
      reel: reelOf(source.fileName),
      startFrame: origin,
      frameCount: (last?.startFrame ?? origin) + (last?.frameCount ?? 0) - origin,
    },
    rate: rate.isDropFrame || isNominal(rate) ? rate.framesPerSecond : countedRate(rate),
    isDropFrame: rate.isDropFrame,
    timecodeRate: rate,
    entries,
    facts: { assetId, model: model.name, modelVersion: model.version },
  };
}

const isNominal = ({ framesPerSecond, nominalFramesPerSecond }: TimecodeRate): boolean =>
  framesPerSecond === nominalFramesPerSecond;
/** The library drops numbers at 29.97 and 59.94 always; counted without dropping, the clock is that of 30 and 60. */
const countedRate = (rate: TimecodeRate): number =>
  rate.nominalFramesPerSecond % 30 === 0 ? rate.nominalFramesPerSecond : rate.framesPerSecond;

const reelOf = (fileName: string): string =>
  fileName
    .replace(/\.[^.]*$/, '')
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]/g, '')
    .toUpperCase()
    .slice(0, reelLength) || 'SOURCE';
