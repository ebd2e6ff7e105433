import { Alert, Button, Stack } from "@mantine/core";
import type { Metadata } from "@/api/generated";
import { bytes, plural } from "@/format/numbers";
import { useDownload } from "./useDownload";

/** The whole package, or its weights alone. */
export function Downloads({ metadata }: { metadata: Metadata }) {
  const download = useDownload(metadata.id);
  const weights = metadata.files.filter((file) => file.is_weight);
  const isAsking = (kind: string) => download.isPending && download.variables.kind === kind;
  return (
    <Stack gap={8}>
      <Button size="sm" loading={isAsking("full")} onClick={() => download.mutate({ kind: "full" })}>
        Download · {bytes(metadata.size_bytes)}
      </Button>
      {weights.length === 1 && (
        <Button variant="default" size="sm" loading={isAsking("weights")} onClick={() => download.mutate({ kind: "weights" })}>
          Weights only · {bytes(weights[0]?.size ?? 0)}
        </Button>
      )}
      {weights.length > 1 && (
        <details>
          <summary>{plural(weights.length, "weight file")}</summary>
          <Stack gap={6} mt={6}>
            {weights.map((file) => (
              <Button key={file.path} variant="default" justify="space-between" rightSection={bytes(file.size)}
                onClick={() => download.mutate({ kind: "weights", file: file.path })}>
                {file.path}
              </Button>
            ))}
          </Stack>
        </details>
      )}
      {download.error && (
        <Alert color="red" variant="light" role="alert" title="Not handed out">
          {download.error.message}
        </Alert>
      )}
    </Stack>
  );
}
