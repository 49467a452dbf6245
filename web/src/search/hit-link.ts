import type { Hit, Match } from '../../../lambdas/contracts/search.ts';

/** The address of a hit's asset, at the shot or passage that matched, with the way back to the search. */
export function hitLink(hit: Hit, search: string, match?: Match): string {
  const parameters = new URLSearchParams();
  const query = new URLSearchParams(search).get('q');
  if (query) parameters.set('q', query);
  if (match?.shot) parameters.set('shot', String(match.shot.index));
  if (match?.kind === 'passage') parameters.set('passage', match.documentId.split('.').at(-1) ?? '0');
  const tail = parameters.toString();
  return `/assets/${match?.assetId ?? hit.assetId}${tail ? `?${tail}` : ''}`;
}
