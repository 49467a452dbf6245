import type { EmbeddingStates } from '../../lambdas/clients/embedding-state.ts';
import type { EmbeddingProgress, EmbeddingState, EmbedVersion } from '../../lambdas/contracts/embedding.ts';
import { isCovered } from '../../lambdas/embedding/coverage.ts';
import { OperatorError } from './deployed.ts';

export interface Reembedding {
  states: Pick<EmbeddingStates, 'read' | 'change' | 'readProgress'>;
  /** That of `models.embed`, and that of `models.embedNext` where there is one. */
  deployed: readonly EmbedVersion[];
}
export interface ReembedStatus {
  state: EmbeddingState;
  progress: EmbeddingProgress;
  isCovered: boolean;
}

const nameOf = ({ name, version }: EmbedVersion): string => `${name} ${version}`;

/** @throws OperatorError where one version alone is deployed */
function pair({ deployed }: Reembedding): { first: EmbedVersion; next: EmbedVersion } {
  const [first, next] = deployed;
  if (first === undefined || next === undefined)
    throw new OperatorError(
      'only one version of the embedding model is deployed: name the other as models.embedNext in lib/config and deploy.',
    );
  return { first, next };
}

export async function statusOf({ states }: Reembedding): Promise<ReembedStatus> {
  const state = await states.read();
  const progress = await states.readProgress(state.revision);
  return { state, progress, isCovered: isCovered(state, progress.last) };
}

/** From now on new uploads are written to both versions, and the rest follows in the background. @throws OperatorError */
export async function start(move: Reembedding): Promise<EmbeddingState> {
  const { first, next } = pair(move);
  const state = await move.states.read();
  if (state.current !== first.indexName)
    throw new OperatorError(`${state.current} is current already: there is nothing to start.`);
  if (state.other === next.indexName) return state;
  return move.states.change(state, { current: state.current, other: next.indexName });
}

/** Readers are answered from the next version within a second. @throws OperatorError while it lacks anything */
export async function switchOver(move: Reembedding): Promise<EmbeddingState> {
  const { first, next } = pair(move);
  const { state, isCovered: isFull } = await statusOf(move);
  if (state.current === next.indexName) return state;
  if (state.current !== first.indexName || state.other !== next.indexName)
    throw new OperatorError(`${nameOf(next)} is not being filled: \`wirescope reembed start\` comes first.`);
  if (!isFull)
    throw new OperatorError(
      `${nameOf(next)} is not known to hold everything yet: \`wirescope reembed status\` says how far it is.`,
    );
  return move.states.change(state, { current: next.indexName, other: first.indexName });
}

/** Readers are answered from the earlier version again, which has been kept as full. @throws OperatorError */
export async function back(move: Reembedding): Promise<EmbeddingState> {
  const { first, next } = pair(move);
  const state = await move.states.read();
  if (state.current === first.indexName) return state;
  if (state.other !== first.indexName)
    throw new OperatorError(`${nameOf(first)} has not been kept: there is no way back to it.`);
  return move.states.change(state, { current: first.indexName, other: next.indexName });
}

/** For people. */
export function statusInWords({ state, progress, isCovered: isFull }: ReembedStatus): string {
  const { current: pass, last, coverage } = progress;
  const lines = [`Readers are answered from ${state.current}.`];
  if (state.other === undefined) lines.push('No other version is being filled.');
  else {
    const share = coverage === undefined ? 'not counted yet' : `${(100 * coverage).toFixed(1)} % of its documents`;
    lines.push(`${state.other} is kept beside it: ${share}${isFull ? ', and nothing is missing' : ''}.`);
  }
  if (pass !== undefined) lines.push(`A walk is at ${pass.assets} assets and has written ${pass.written} documents.`);
  if (last !== undefined)
    lines.push(`The last walk ended at ${last.endedAt}: ${last.written} written, ${last.failed} assets failed.`);
  return lines.join('\n');
}
