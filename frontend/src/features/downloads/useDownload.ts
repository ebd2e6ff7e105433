import { useMutation, useQueryClient } from "@tanstack/react-query";
import { downloadPackage, downloadWeights, type WeightUrl } from "@/api/generated";
import { packageMetadataQueryKey } from "@/api/generated/@tanstack/react-query.gen";

/** Has the browser fetch a URL as a file; the server names it. */
function fetchAsFile(url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  link.click();
}

/** Asks for a URL that is good for five minutes, and follows it. Several weight files are handed back to choose from. */
export function useDownload(packageId: string) {
  const queries = useQueryClient();
  const path = { package_id: packageId };
  return useMutation({
    mutationFn: async (what: { kind: "full" } | { kind: "weights"; file?: string }): Promise<readonly WeightUrl[]> => {
      if (what.kind === "full") {
        fetchAsFile((await downloadPackage({ path, throwOnError: true })).data.url);
        return [];
      }
      const query = what.file === undefined ? undefined : { file: what.file };
      const { data } = await downloadWeights({ path, query, throwOnError: true });
      if (data.url) fetchAsFile(data.url);
      return data.files ?? [];
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: packageMetadataQueryKey({ path }) }),
  });
}
