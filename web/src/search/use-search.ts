import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { searchArchive } from '../api/client.ts';
import { useSession } from '../session/session.tsx';
import { type SearchAddress, toApiQuery } from './address.ts';

/** The answers to one search, page after page. */
export function useSearch(address: SearchAddress) {
  const { freshToken } = useSession();
  return useInfiniteQuery({
    queryKey: ['search', toApiQuery(address).toString()],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) => searchArchive(toApiQuery(address, pageParam), { token: freshToken, signal }),
    getNextPageParam: (answer) => answer.nextCursor,
    placeholderData: keepPreviousData,
  });
}
