import { z } from 'zod';
import { type Measurement, median } from '../measurement.ts';
import { bare, type TextEndpoint } from './prepare.ts';
import type { MeasuredServer } from './server.ts';

const mostTimesBare = 1.4;
const turnCount = 15;
const queriesPerTurn = 60;

/** Milliseconds, p50: of an archive's own code without a server, and of both servers. */
export interface Turn {
  bare: number;
  onnxServer: number;
  torchServe: number;
}

const medianOf = (place: keyof Turn, turns: readonly Turn[]): number => median(turns.map((turn) => turn[place]));

/**
 * A model with and without a server around it, one query after the other, in turns close together: a machine's pace may
 * change within half a minute. Program and server are started for every turn: where a process happens to lie in memory,
 * its caches serve it by up to a third better or worse, for as long as it lives.
 */
export async function takeTurns(
  modelFolder: string,
  queries: readonly string[],
  startOnnxServer: () => Promise<MeasuredServer>,
  torchServe: MeasuredServer,
): Promise<Turn[]> {
  const turns: Turn[] = [];
  for (let turn = 0; turn < turnCount; turn += 1) {
    const start = (turn * queriesPerTurn) % (queries.length - queriesPerTurn + 1);
    const asked = queries.slice(start, start + queriesPerTurn).map((text) => ({ texts: [text] }));
    const bodies = asked.map((request) => JSON.stringify(request));
    const alone = z.array(z.number()).parse(await bare('time', modelFolder, asked));
    const onnxServer = await startOnnxServer();
    try {
      turns.push({
        bare: median(alone),
        onnxServer: median(await onnxServer.milliseconds(bodies)),
        torchServe: median(await torchServe.milliseconds(bodies)),
      });
    } finally {
      await onnxServer.stop();
    }
  }
  return turns;
}

export const bareP50Of = (turns: readonly Turn[]): number => medianOf('bare', turns);

export function overheadTarget(endpoint: TextEndpoint, turns: readonly Turn[]): Measurement['targets'][number] {
  const over = (server: 'onnxServer' | 'torchServe'): number => medianOf(server, turns) / bareP50Of(turns);
  const spread = (place: keyof Turn): string => {
    const values = turns.map((turn) => turn[place]);
    return `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
  };
  return {
    name: `${endpoint}: the server's p50 is at most ${mostTimesBare} times the bare model's`,
    holds: over('onnxServer') <= mostTimesBare,
    found: `${over('onnxServer').toFixed(2)} (${medianOf('onnxServer', turns).toFixed(2)} to ${bareP50Of(turns).toFixed(2)} ms bare, medians of ${turns.length} turns, ${spread('onnxServer')} and ${spread('bare')}; TorchServe ${over('torchServe').toFixed(2)})`,
  };
}
