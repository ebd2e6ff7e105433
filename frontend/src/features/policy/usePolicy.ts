import { useQuery } from "@tanstack/react-query";
import { policy, type Policy } from "@/api/generated";
import { policyQueryKey } from "@/api/generated/@tanstack/react-query.gen";
import { Problem } from "@/api/problem";

const NONE = 404;

/** A package's download policy; null where there is none. */
export function usePolicy(packageId: string) {
  const options = { path: { package_id: packageId } };
  return useQuery<Policy | null>({
    queryKey: policyQueryKey(options),
    queryFn: async ({ signal }) => {
      try {
        return (await policy({ ...options, signal, throwOnError: true })).data;
      } catch (error) {
        if (error instanceof Problem && error.status === NONE) return null;
        throw error;
      }
    },
  });
}
