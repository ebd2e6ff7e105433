import { useQuery } from "@tanstack/react-query";
import { problemOf } from "@/api/problem";

export interface Policy {
  source: string;
  sha256: string;
  timezone: string;
  updated_at: string;
  updated_by: string | null;
}

/** A package's download policy, for who may see it; null for everybody else, and where there is none. */
export function usePolicy(packageId: string) {
  return useQuery<Policy | null>({
    queryKey: ["policy", packageId],
    queryFn: async ({ signal }) => {
      const answer = await fetch(`/package/${packageId}/policy`, { signal, headers: { Accept: "application/json" } }).catch(() => {
        throw problemOf(undefined);
      });
      return answer.ok ? ((await answer.json()) as Policy) : null;
    },
  });
}
