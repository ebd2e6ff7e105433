import { NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "react-router";
import { searchPackages, type Package } from "@/api/generated";

const MOST = 100;

/** A regular expression that only `text` matches. */
export function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

async function versionsOf(name: string, signal: AbortSignal): Promise<Package[]> {
  const body = { regex: `^${literally(name)}$`, sort: "name" } as const;
  const { data } = await searchPackages({ body, query: { limit: MOST }, signal, throwOnError: true });
  return data.packages.filter((found) => found.name === name);
}

/** The other versions of a package, the newest first. */
export function VersionSwitcher({ packageId, name, version }: { packageId: string; name: string; version: string }) {
  const navigate = useNavigate();
  const versions = useQuery({ queryKey: ["versions", name], queryFn: ({ signal }) => versionsOf(name, signal) });
  const found = versions.data ?? [];
  const [newest] = found;
  if (!newest || found.length < 2) return <span className="mono dim breaking">{version}</span>;
  return (
    <>
      <NativeSelect aria-label="Version" size="xs" w="auto" maw="100%" value={packageId} onChange={(event) => void navigate(`/package/${event.currentTarget.value}`)}
        data={found.map((each) => ({ value: each.id, label: each === newest ? `${each.version} (newest)` : each.version }))} />
      {newest.id !== packageId && <Link to={`/package/${newest.id}`}>Newer: {newest.version}</Link>}
    </>
  );
}
