import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { endSession, me as askWhoIAm, type Me } from "@/api/generated";
import { meQueryKey } from "@/api/generated/@tanstack/react-query.gen";
import { Problem } from "@/api/problem";

/** Who is signed in; null for nobody. */
export function useMe() {
  return useQuery<Me | null>({
    queryKey: meQueryKey(),
    staleTime: 5 * 60_000,
    queryFn: async ({ signal }) => {
      try {
        return (await askWhoIAm({ signal, throwOnError: true })).data;
      } catch (error) {
        if (error instanceof Problem && error.status === 401) return null;
        throw error;
      }
    },
  });
}

/** Whether `me` holds a permission, by itself or through `admin`. */
export function may(me: Me | null | undefined, permission: Me["permissions"][number]): boolean {
  return !!me && (me.permissions.includes(permission) || me.permissions.includes("admin"));
}

/** Ends the session, forgets what was read during it, and leaves for the sign-in page. */
export function useSignOut() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: () => endSession({ throwOnError: true }),
    onSettled: async () => {
      await navigate("/login", { replace: true });
      queries.clear();
    },
  });
}
