import { useQuery } from "@tanstack/react-query";
import { statsOptions } from "@/api/generated/@tanstack/react-query.gen";
import { ComponentHealth } from "@/features/dashboard/ComponentHealth";
import { JobsUnderWay } from "@/features/dashboard/JobsUnderWay";
import { JobTallies } from "@/features/dashboard/JobTallies";
import { LastHour } from "@/features/dashboard/LastHour";
import { PackageList } from "@/features/dashboard/PackageList";
import { ScoreTallies } from "@/features/dashboard/ScoreTallies";
import { Totals } from "@/features/dashboard/Totals";
import { may, useMe } from "@/features/session/useMe";
import { plural } from "@/format/numbers";
import { Failure } from "@/ui/Failure";
import { PageTitle } from "@/ui/PageTitle";
import { Waiting } from "@/ui/Waiting";
import { When } from "@/ui/When";
import classes from "./DashboardPage.module.css";

export function DashboardPage() {
  const stats = useQuery({ ...statsOptions(), refetchInterval: 15_000 });
  const isAdministrator = may(useMe().data, "admin");
  return (
    <div className={classes.page}>
      <PageTitle tab="Dashboard">Dashboard</PageTitle>
      {stats.isPending && !stats.error && <Waiting rows={6} height={26} />}
      {stats.error && <Failure error={stats.error} retry={stats.refetch} />}
      {stats.data && <Totals stats={stats.data} isAdministrator={isAdministrator} />}
      <div className={classes.columns}>
        <div className={classes.lists}>
          {stats.data && (
            <>
              <PackageList title="Recent uploads" packages={stats.data.recent_uploads} more="/search?sort=newest"
                fact={(each) => <When iso={each.upload_date} />} none="What is uploaded or ingested appears here first." />
              <PackageList title="Popular downloads" packages={stats.data.popular_downloads} more="/search?sort=downloads"
                fact={(each) => plural(each.downloads, "download")} none="Nobody has fetched anything yet." />
            </>
          )}
        </div>
        <div className={classes.lists}>
          <JobsUnderWay finished={stats.data?.jobs.succeeded ?? 0} />
          {stats.data && <ScoreTallies scores={stats.data.net_scores} />}
          <ComponentHealth />
          {stats.data && <LastHour hour={stats.data.last_hour} />}
          {stats.data && <JobTallies jobs={stats.data.jobs} isAdministrator={isAdministrator} />}
        </div>
      </div>
    </div>
  );
}
