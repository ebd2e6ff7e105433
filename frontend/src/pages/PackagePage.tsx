import { Spoiler } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import type { Metadata } from "@/api/generated";
import { packageMetadataOptions } from "@/api/generated/@tanstack/react-query.gen";
import { Problem } from "@/api/problem";
import { DeletePackage } from "@/features/deletion/DeletePackage";
import { Commands } from "@/features/downloads/Commands";
import { Downloads } from "@/features/downloads/Downloads";
import { History } from "@/features/downloads/History";
import { FileTable } from "@/features/files/FileTable";
import { Findings } from "@/features/findings/Findings";
import { PolicyTab } from "@/features/policy/PolicyTab";
import { Rating } from "@/features/rating/Rating";
import { Scores } from "@/features/scores/Scores";
import { may, useMe } from "@/features/session/useMe";
import { VersionSwitcher } from "@/features/versions/VersionSwitcher";
import { Waivers } from "@/features/waivers/Waivers";
import { plural } from "@/format/numbers";
import { Failure } from "@/ui/Failure";
import { PageTitle } from "@/ui/PageTitle";
import { Panel } from "@/ui/Panel";
import { ScoreMark } from "@/ui/ScoreMark";
import { Tabs, type Tab } from "@/ui/Tabs";
import { Tag } from "@/ui/Tag";
import { Waiting } from "@/ui/Waiting";
import { When } from "@/ui/When";
import { NotFoundPage } from "./NotFoundPage";
import { PackageFacts } from "./PackageFacts";
import classes from "./PackagePage.module.css";

const ModelCard = lazy(async () => ({ default: (await import("@/features/model-card/ModelCard")).ModelCard }));
const Lineage = lazy(async () => ({ default: (await import("@/features/lineage/Lineage")).Lineage }));
const WHILE_PENDING_MS = 2_000;
const DESCRIPTION_SHOWN = 130; // pixels: six lines

export function PackagePage() {
  const id = useParams().id ?? "";
  const metadata = useQuery({
    ...packageMetadataOptions({ path: { package_id: id } }),
    refetchInterval: (query) => (query.state.data?.status === "pending" ? WHILE_PENDING_MS : false),
  });
  if (metadata.error instanceof Problem && metadata.error.status === 404) return <NotFoundPage />;
  if (metadata.error) return <><PageTitle tab="Package">Package</PageTitle><Failure error={metadata.error} retry={metadata.refetch} /></>;
  if (!metadata.data) return <><title>Package · Model Registry</title><Waiting rows={9} height={24} /></>;
  return <OnePackage key={id} metadata={metadata.data} />;
}

function OnePackage({ metadata }: { metadata: Metadata }) {
  const me = useMe().data;
  const [query, setQuery] = useSearchParams();
  const isOwner = may(me, "admin") || (!!me && me.username === metadata.uploader);
  const tabs: Tab[] = [
    { key: "card", label: "Model card", content: <ModelCard text={metadata.model_card} /> },
    { key: "scores", label: "Scores", content: <Scores packageId={metadata.id} waived={metadata.waivers.map(({ metric }) => metric)} /> },
    { key: "files", label: `Files (${metadata.files.length})`, content: <FileTable files={metadata.files} /> },
    { key: "lineage", label: "Lineage", content: <Lineage packageId={metadata.id} /> },
    ...(isOwner
      ? [
          { key: "downloads", label: "Download history", content: <History packageId={metadata.id} /> },
          { key: "policy", label: "Policy", content: <PolicyTab packageId={metadata.id} isSensitive={metadata.is_sensitive} /> },
        ]
      : []),
  ];
  return (
    <article className={classes.page}>
      <header className={classes.head}>
        <div className={classes.title}>
          <PageTitle tab={`${metadata.name} ${metadata.version}`}>{metadata.name}</PageTitle>
          <VersionSwitcher packageId={metadata.id} name={metadata.name} version={metadata.version} />
          <Tag tone="accent">{metadata.kind}</Tag>
          {metadata.is_sensitive && <Tag tone="fair" title="A policy decides over every download.">sensitive</Tag>}
          {metadata.status === "pending" && <Tag>being processed</Tag>}
        </div>
        {metadata.description && (
          <Spoiler maxHeight={DESCRIPTION_SHOWN} showLabel="Show all" hideLabel="Show less" transitionDuration={0}>
            <p className={classes.description}>{metadata.description}</p>
          </Spoiler>
        )}
        <p className={`dim ${classes.facts}`}>
          <Link to="?tab=scores" replace preventScrollReset className={classes.score}>Net score</Link> <ScoreMark inline value={metadata.net_score} label="Net score" /> ·{" "}
          {metadata.uploader ?? "a deleted account"} · <When iso={metadata.upload_date} /> · {plural(metadata.downloads, "download")} ·{" "}
          <Link className={classes.licence} to={`/search?license=${encodeURIComponent(metadata.license)}`}>{metadata.license || "no licence"}</Link>
        </p>
      </header>
      {may(me, "admin") && <Findings packageId={metadata.id} />}
      <Waivers waivers={metadata.waivers} />
      <div className={classes.columns}>
        <Panel title="Download" className={classes.download}>
          {may(me, "download") ? <Downloads metadata={metadata} /> : <p className="dim">Downloading needs the permission “download”, which an administrator can give you.</p>}
        </Panel>
        <div className={classes.about}>
          <Suspense fallback={<Waiting rows={6} />}>
            <Tabs label="About this package" tabs={tabs} chosen={query.get("tab") ?? "card"} choose={(tab) => setQuery(tab === "card" ? {} : { tab }, { replace: true, preventScrollReset: true })} />
          </Suspense>
        </div>
        <aside className={classes.side} aria-label="Rating, facts and commands">
          <Panel title="Rating"><Rating packageId={metadata.id} /></Panel>
          <Panel title="Facts"><PackageFacts metadata={metadata} /></Panel>
          <Panel title="Command line"><Commands metadata={metadata} username={me?.username ?? ""} /></Panel>
          {may(me, "admin") && <DeletePackage metadata={metadata} />}
        </aside>
      </div>
    </article>
  );
}
