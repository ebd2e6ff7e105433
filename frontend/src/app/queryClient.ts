import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { meQueryKey } from "@/api/generated/@tanstack/react-query.gen";
import { Problem } from "@/api/problem";

const RETRIES = 3;

/** What is worth asking again: an absent or overloaded registry, not a refusal. */
export function isPassing(error: unknown): boolean {
  return error instanceof Problem && (error.status === 0 || error.status === 429 || error.status >= 500);
}

/** Queries that ask again only where that may help. Whichever call finds the session over, the whole page learns it. */
export function makeQueryClient(): QueryClient {
  const noticeEnd = (error: unknown) => {
    if (error instanceof Problem && error.status === 401) client.setQueryData(meQueryKey(), null);
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: noticeEnd }),
    mutationCache: new MutationCache({
      onError: (error, _sent, _context, mutation) => {
        if (!mutation.meta?.signsIn) noticeEnd(error);
      },
    }),
    defaultOptions: {
      queries: { staleTime: 15_000, retry: (failures, error) => failures < RETRIES && isPassing(error) },
    },
  });
  return client;
}
