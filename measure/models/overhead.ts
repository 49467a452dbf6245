import { z } from 'zod';
import { type Measurement, percentile } from '../measurement.ts';
import { bare, type TextEndpoint } from './prepare.ts';
import type { MeasuredServer } from './server.ts';

const mostTimesBare = 1.4;
/** Turns that count, and at most so many for them. */
const steadyTurns = 9;
const mostTurns = 30;
/** By which the model alone may differ before and after its servers: a turn in which the machine changed is left out. */
const mostDrift = 0.1;
const queriesPerTurn = 60;

/** Milliseconds, p50: of an archive's own code without a server, before and after, and of both servers in between. */
export interface Turn {
  before: number;
  onnxServer: number;
  torchServe: number;
  after: number;
}
type Server = 'onnxServer' | 'torchServe';

const median = (values: readonly number[]): number => percentile(values, 0.5);
const bareOf = ({ before, after }: Turn): number => (before + after) / 2;
const isSteady = ({ before, after }: Turn): boolean =>
  Math.max(before, after) / Math.min(before, after) <= 1 + mostDrift;

/**
 * A model with and without a server around it, one query after the other. A machine's pace may change within half a
 * minute: what is told apart by tenths is asked close together, and often.
 */
export async function takeTurns(
  modelFolder: string,
  queries: readonly string[],
  servers: Record<Server, MeasuredServer>,
): Promise<Turn[]> {
  const turns: Turn[] = [];
  while (turns.filter(isSteady).length < steadyTurns && turns.length < mostTurns) {
    const start = (turns.length * queriesPerTurn) % (queries.length - queriesPerTurn + 1);
    const asked = queries.slice(start, start + queriesPerTurn).map((text) => ({ texts: [text] }));
    const alone = async (): Promise<number> =>
      median(z.array(z.number()).parse(await bare('time', modelFolder, asked)));
    const by = async (server: Server): Promise<number> =>
      median(await servers[server].milliseconds(asked.map((request) => JSON.stringify(request))));
    turns.push({
      before: await alone(),
      onnxServer: await by('onnxServer'),
      torchServe: await by('torchServe'),
      after: await alone(),
    });
  }
  return turns;
}

export const bareP50Of = (turns: readonly Turn[]): number => median(turns.filter(isSteady).map(bareOf));

export function overheadTarget(endpoint: TextEndpoint, turns: readonly Turn[]): Measurement['targets'][number] {
  const steady = turns.filter(isSteady);
  const over = (server: Server, among: readonly Turn[]): number[] => among.map((turn) => turn[server] / bareOf(turn));
  const found = median(over('onnxServer', steady));
  const each = over('onnxServer', turns).map((share) => share.toFixed(2));
  return {
    name: `${endpoint}: the server's p50 is at most ${mostTimesBare} times the bare model's`,
    holds: steady.length >= steadyTurns && found <= mostTimesBare,
    found: `${found.toFixed(2)} (${bareP50Of(turns).toFixed(2)} ms bare; TorchServe ${median(over('torchServe', steady)).toFixed(2)}; ${steady.length} steady turns of ${turns.length}: ${each.join(', ')})`,
  };
}
