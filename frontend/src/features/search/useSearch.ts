import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { searchPackages, type PackagePage } from "@/api/generated";
import { looksLikeName, PAGE_SIZE, searchRequest, type Criteria, type Where } from "./criteria";

export interface Found extends PackagePage {
  /** Where the text was found, when it wasn't where it was expected. */
  instead: Where | null;
}

async function find(criteria: Criteria, where: Where, signal: AbortSignal): Promise<PackagePage> {
  const query = { offset: (criteria.page - 1) * PAGE_SIZE, limit: PAGE_SIZE };
  return (await searchPackages({ body: searchRequest(criteria, where), query, signal, throwOnError: true })).data;
}

/** Words are looked for everywhere, what looks like a name in names; where that finds nothing, the other way round, so
 * that a half-typed word finds the package that has it in its name. */
export async function search(criteria: Criteria, signal: AbortSignal): Promise<Found> {
  const [first, second]: [Where, Where] = looksLikeName(criteria.text) ? ["names", "everywhere"] : ["everywhere", "names"];
  const found = await find(criteria, first, signal);
  if (found.total > 0 || criteria.isRegex || !criteria.text.trim()) return { ...found, instead: null };
  return { ...(await find(criteria, second, signal)), instead: second };
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
