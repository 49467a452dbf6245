import { customIdReason } from './manners.ts';

type BulkItem = Record<string, unknown>;
export interface BulkAnswer {
  took: number;
  errors: boolean;
  items: BulkItem[];
}
export interface BulkSplit {
  /** What may go to the node, as NDJSON; empty where nothing may. */
  forwarded: string;
  /** For each action in the order of the request: the answer that refuses it, or undefined where it was forwarded. */
  refusals: (BulkItem | undefined)[];
}

/** A body that is not actions and documents in turn. */
export class BulkSyntaxError extends Error {
  override readonly name = 'BulkSyntaxError';
}

/** Takes the actions out that carry an id of the caller's: a vector collection refuses each of them by itself. */
export function splitBulk(body: string, indexOfPath: string | undefined): BulkSplit {
  const lines = body.split('\n').filter((line) => line !== '');
  const forwarded: string[] = [];
  const refusals: (BulkItem | undefined)[] = [];
  for (let position = 0; position < lines.length; ) {
    const { action, target } = readAction(lines[position] ?? '');
    const length = action === 'delete' ? 1 : 2;
    const isRefused = action === 'update' || (action !== 'delete' && target._id !== undefined);
    if (isRefused) refusals.push(refuse(action, target, indexOfPath));
    else {
      refusals.push(undefined);
      forwarded.push(...lines.slice(position, position + length));
    }
    position += length;
  }
  return { forwarded: forwarded.length === 0 ? '' : `${forwarded.join('\n')}\n`, refusals };
}

interface Target {
  _id?: unknown;
  _index?: unknown;
}

function readAction(line: string): { action: string; target: Target } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    throw new BulkSyntaxError('Malformed action/metadata line', { cause: error });
  }
  const entry = Object.entries(Object(parsed) as Record<string, unknown>)[0];
  if (!entry || !['index', 'create', 'update', 'delete'].includes(entry[0]))
    throw new BulkSyntaxError(`Malformed action/metadata line: ${line.slice(0, 80)}`);
  return { action: entry[0], target: Object(entry[1]) as Target };
}

const refuse = (action: string, target: Target, indexOfPath: string | undefined): BulkItem => ({
  [action]: {
    _index: target._index ?? indexOfPath,
    _id: target._id,
    status: 400,
    error: { type: 'illegal_argument_exception', reason: customIdReason(action) },
  },
});

/** Puts the node's answers and the refusals back into the order of the request. */
export function joinBulk(refusals: BulkSplit['refusals'], answered: BulkAnswer): BulkAnswer {
  const answers = answered.items.values();
  const items = refusals.map((refusal) => refusal ?? answers.next().value ?? {});
  return { ...answered, errors: answered.errors || refusals.some((refusal) => refusal !== undefined), items };
}
