import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { searchPackages, type PackagePage } from "@/api/generated";
import { PAGE_SIZE, searchRequest, type Criteria } from "./criteria";

export interface Found extends PackagePage {
  /** No word matched, so these are packages whose names contain the text. */
  byName: boolean;
}

async function find(criteria: Criteria, inNames: boolean, signal: AbortSignal): Promise<PackagePage> {
  const query = { offset: (criteria.page - 1) * PAGE_SIZE, limit: PAGE_SIZE };
  return (await searchPackages({ body: searchRequest(criteria, inNames), query, signal, throwOnError: true })).data;
}

/** Words first; where none matches, a part of the name, so that a half-typed name finds its package. */
export async function search(criteria: Criteria, signal: AbortSignal): Promise<Found> {
  const found = await find(criteria, false, signal);
  if (found.total > 0 || criteria.isRegex || !criteria.text.trim()) return { ...found, byName: false };
  return { ...(await find(criteria, true, signal)), byName: true };
}

/** What `criteria` find. While new ones are being looked up the last answer stays; an answer that comes too late for
 * what is asked now is dropped, and its call is ended. */
export function useSearch(criteria: Criteria) {
  return useQuery({
    queryKey: ["search", criteria],
    queryFn: ({ signal }) => search(criteria, signal),
    placeholderData: keepPreviousData,
  });
}
