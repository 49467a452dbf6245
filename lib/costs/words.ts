import type { EnvironmentCosts } from './of-app.ts';
import { type Figure, priceRegion } from './prices.ts';
import { dollarsPerMonthOf } from './standing.ts';

const dollars = (value: number): string => `$${value < 1 ? value.toFixed(3) : value.toFixed(2)}`;
const grounds = {
  aws: 'read in what AWS publishes',
  copy: 'read in a copy of AWS’s price list',
  unchecked: 'unchecked',
} as const satisfies Record<Figure['ground'], string>;
const groundOf = ({ ground, asOf }: Figure): string => `${grounds[ground]}${asOf === undefined ? '' : `, ${asOf}`}`;

const column = (text: string, width: number): string => text.padEnd(width);

/** For people: the floor of a month line by line, then what a thousand assets add. */
export function costsInWords({ environment, standing: charges, perThousand }: EnvironmentCosts): string {
  const width = Math.max(...[...charges, ...perThousand].map(({ what }) => what.length)) + 2;
  return [
    `${environment}: at least ${dollars(dollarsPerMonthOf(charges))} a month, whether or not anything is uploaded (${priceRegion}, on demand):`,
    ...charges.map(
      ({ what, count, dollarsPerMonth, price }) =>
        `  ${column(what, width)}${String(count).padStart(3)}  ${dollars(dollarsPerMonth).padStart(9)}  ${groundOf(price)}`,
    ),
    'A thousand assets add:',
    ...perThousand.map(
      ({ what, dollarsPerThousand, parts }) =>
        `  ${column(what, width)}     ${dollars(dollarsPerThousand).padStart(9)}  ${parts.map((part) => `${part.what} ${dollars(part.dollarsPerThousand)}`).join(', ')}`,
    ),
    'Not in it: storage, transfer, logs and traces, captions, admission, a video’s decoding and inference (they go with its length: `npm run measure -- shots scale`), instances that scaling adds, free tiers.',
  ].join('\n');
}
