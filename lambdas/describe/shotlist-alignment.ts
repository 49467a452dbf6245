import type { ShotlistLine } from './shotlist.ts';

export interface TimeSpan {
  startSeconds: number;
  endSeconds: number;
}

/** A line belongs to a shot where they share at least this part of the shorter one. */
const sharedPart = 0.5;

/**
 * Lays a shotlist's lines on the shots that were detected, by the time they share. A line may describe several shots
 * and a shot may have several lines; a line that overlaps any shot lands on at least one.
 * @param clockStart what the shotlist's clock shows at the first frame, in seconds: used where its times reach it.
 * @returns one text a shot, empty where no line describes it.
 */
export function alignLines(lines: readonly ShotlistLine[], shots: readonly TimeSpan[], clockStart = 0): string[] {
  const texts: string[][] = shots.map(() => []);
  const isTimed = lines.some(({ startSeconds }) => startSeconds !== undefined);
  // A list that is only numbered can be laid on the shots where it counts as many.
  if (!isTimed) return lines.length === shots.length ? lines.map(({ text }) => text) : shots.map(() => '');
  for (const { span, text } of spansOf(lines, shots, clockStart)) {
    const shared = shots.map((shot) => overlap(shot, span));
    const most = Math.max(...shared);
    if (most <= 0) continue;
    shots.forEach((shot, index) => {
      const shorter = Math.min(shot.endSeconds - shot.startSeconds, span.endSeconds - span.startSeconds);
      const isEnough = (shared[index] as number) >= sharedPart * shorter && (shared[index] as number) > 0;
      if (isEnough || shared[index] === most) texts[index]?.push(text);
    });
  }
  return texts.map((several) => several.map(asSentence).join(' '));
}

function spansOf(lines: readonly ShotlistLine[], shots: readonly TimeSpan[], clockStart: number) {
  const timed = lines
    .filter((line): line is ShotlistLine & { startSeconds: number } => line.startSeconds !== undefined)
    .toSorted((a, b) => a.startSeconds - b.startSeconds);
  const firstShown = shots[0]?.startSeconds ?? 0;
  // An editor may write the tape's own clock or count from zero; a second of grace for a line rounded down.
  const isTapeClock = clockStart > 0 && (timed[0]?.startSeconds ?? 0) >= clockStart - 1;
  const shift = firstShown - (isTapeClock ? clockStart : 0);
  const end = shots.at(-1)?.endSeconds ?? 0;
  return timed.map((line, index) => {
    const startSeconds = line.startSeconds + shift;
    const next = timed.slice(index + 1).find((later) => later.startSeconds > line.startSeconds)?.startSeconds;
    const lineEnd = line.endSeconds ?? next;
    return { span: { startSeconds, endSeconds: lineEnd === undefined ? end : lineEnd + shift }, text: line.text };
  });
}

/** Lines end without a full stop as a rule; where several describe one shot, each stays a sentence of its own. */
const asSentence = (line: string, at: number, all: readonly string[]): string =>
  at === all.length - 1 || /[.!?…]$/.test(line) ? line : `${line}.`;

const overlap = (a: TimeSpan, b: TimeSpan): number =>
  Math.min(a.endSeconds, b.endSeconds) - Math.max(a.startSeconds, b.startSeconds);
