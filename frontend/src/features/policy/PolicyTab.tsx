import { Failure } from "@/ui/Failure";
import { Waiting } from "@/ui/Waiting";
import { PolicyEditor } from "./PolicyEditor";
import { usePolicy } from "./usePolicy";

/** A package's download policy, or the place to write its first one; for its uploader and administrators. */
export function PolicyTab({ packageId, isSensitive }: { packageId: string; isSensitive: boolean }) {
  const policy = usePolicy(packageId);
  if (policy.error) return <Failure error={policy.error} retry={policy.refetch} />;
  if (policy.data === undefined) return <Waiting rows={6} />;
  return <PolicyEditor packageId={packageId} policy={policy.data} isSensitive={isSensitive} />;
}
