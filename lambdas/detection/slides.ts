import { lookGrid } from './frame-look.ts';

/** Positions of the edge between two pictures that are tried, from one cell to the next. */
const positionsPerCell = 2;
/** The edge may be so far from the picture's border, in cells, where the slide begins and where it ends. */
const borderCells = 1.5;
/** The edge may seem to go back by so much, in cells. */
const backwardsCells = 1;

type Direction = 'left' | 'right' | 'up' | 'down';
const directions: readonly Direction[] = ['left', 'right', 'up', 'down'];

/** A slide: frames counted from the picture before it, which has number 0. */
export interface Slide {
  first: number;
  last: number;
  /** Mean difference to the two pictures side by side, in luma. */
  residual: number;
}

/**
 * Whether the last picture pushes the first one out of the frame, at whatever pace: then each picture between is part
 * of the one and part of the other, moved, and the edge between them goes from one border to the other.
 * @param pictures the cells of each frame, the picture before and the one after included.
 * @param maximumResidual mean difference of luma up to which a picture is one of both side by side.
 */
export function slideAcross(pictures: readonly Uint8Array[], maximumResidual: number): Slide | undefined {
  const middle = pictures[Math.floor(pictures.length / 2)] as Uint8Array;
  for (const direction of directions) {
    const sheet = sideBySide(pictures[0] as Uint8Array, pictures.at(-1) as Uint8Array, direction);
    if (placeOf(middle, sheet).residual > 2 * maximumResidual) continue;
    const places = pictures.map((picture) => placeOf(picture, sheet));
    const residual = places.reduce((sum, place) => sum + place.residual, 0) / places.length;
    if (residual > maximumResidual || !crosses(places, sheet.cells)) continue;
    const isMoving = ({ moved }: Place) => moved > 0 && moved < sheet.cells;
    return { first: places.findIndex(isMoving), last: places.findLastIndex(isMoving), residual };
  }
  return undefined;
}

/** Two pictures side by side: lines along the direction of the slide, one after another, each two pictures long. */
interface Sheet {
  direction: Direction;
  /** Cells of a picture along the slide. */
  cells: number;
  luma: Uint8Array;
}
interface Place {
  /** Cells by which the second picture has come in. */
  moved: number;
  residual: number;
}

const { columns, rows } = lookGrid;

/** For each direction, where the cells lie in lines along the slide, each from where it comes out to where it goes in. */
const orders = Object.fromEntries(
  directions.map((direction) => {
    const isLevel = direction === 'left' || direction === 'right';
    const [count, length] = isLevel ? [rows, columns] : [columns, rows];
    const isForwards = direction === 'left' || direction === 'up';
    const order = Array.from({ length: count * length }, (_, at) => {
      const line = Math.floor(at / length);
      const place = isForwards ? at % length : length - 1 - (at % length);
      return isLevel ? line * columns + place : place * columns + line;
    });
    return [direction, { length, order }];
  }),
) as Record<Direction, { length: number; order: number[] }>;

function sideBySide(one: Uint8Array, other: Uint8Array, direction: Direction): Sheet {
  const { length, order } = orders[direction];
  const luma = new Uint8Array(2 * order.length);
  order.forEach((cell, at) => {
    const place = Math.floor(at / length) * 2 * length + (at % length);
    luma[place] = one[cell] ?? 0;
    luma[place + length] = other[cell] ?? 0;
  });
  return { direction, cells: length, luma };
}

/** Where on the sheet the picture lies best. */
function placeOf(picture: Uint8Array, { direction, cells, luma }: Sheet): Place {
  const { order } = orders[direction];
  const own = Uint8Array.from(order, (cell) => picture[cell] ?? 0);
  let best: Place = { moved: 0, residual: Number.POSITIVE_INFINITY };
  for (let moved = 0; moved <= cells; moved += 1 / positionsPerCell) {
    const whole = Math.floor(moved);
    const part = moved - whole;
    let sum = 0;
    for (let at = 0; at < own.length; at += 1) {
      const place = at + Math.floor(at / cells) * cells + whole;
      const here = luma[place] ?? 0;
      const shown = part === 0 ? here : here * (1 - part) + (luma[place + 1] ?? here) * part;
      sum += Math.abs((own[at] ?? 0) - shown);
    }
    const residual = sum / own.length;
    if (residual < best.residual) best = { moved, residual };
  }
  return best;
}

/** Whether the edge goes from one border to the other and hardly ever back, and is seen between them. */
function crosses(places: readonly Place[], cells: number): boolean {
  const inside = places.slice(1, -1).map(({ moved }) => moved);
  const [first = 0, last = 0] = [inside[0], inside.at(-1)];
  if (first > borderCells || last < cells - borderCells) return false;
  if (inside.some((moved, at) => moved < (inside[at - 1] ?? 0) - backwardsCells)) return false;
  return inside.filter((moved) => moved >= 1 && moved <= cells - 1).length >= cells / 2;
}
