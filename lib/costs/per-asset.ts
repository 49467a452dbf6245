import type { Environment } from '../config/schema.ts';
import { type Figure, prices } from './prices.ts';
import { type AssetUsage, usages } from './usage.ts';

/** What a thousand assets of a kind cost beyond the floor. */
export interface AssetCost {
  what: string;
  dollarsPerThousand: number;
  /** Where it goes. */
  parts: { what: string; dollarsPerThousand: number; price: Figure }[];
}

const mebibytesPerGibibyte = 1024;

/** The costs of a thousand assets of each kind in an environment, whose functions have their own sizes. */
export const costsPerThousand = (environment: Pick<Environment, 'functions'>): AssetCost[] =>
  usages.map((usage) => costOf(usage, environment));

function costOf(usage: AssetUsage, { functions }: Pick<Environment, 'functions'>): AssetCost {
  const calls = Object.entries(usage.functionSeconds) as [keyof typeof functions, number][];
  const gibibyteSeconds = calls.reduce(
    (sum, [name, seconds]) => sum + (seconds * functions[name].memoryMegabytes) / mebibytesPerGibibyte,
    0,
  );
  const part = (what: string, units: number, price: Figure) => ({
    ...{ what, price },
    dollarsPerThousand: 1000 * units * price.value,
  });
  const parts = [
    part('ledger reads', usage.ledgerReadUnits, prices.ledgerReadUnit),
    part('ledger writes', usage.ledgerWriteUnits, prices.ledgerWriteUnit),
    part('state transitions', usage.stateTransitions, prices.stateTransition),
    part('functions', gibibyteSeconds, prices.lambdaGibibyteSecond),
    part('calls of functions', calls.length, prices.lambdaCall),
  ];
  return {
    ...{ what: usage.what, parts },
    dollarsPerThousand: parts.reduce((sum, { dollarsPerThousand }) => sum + dollarsPerThousand, 0),
  };
}
