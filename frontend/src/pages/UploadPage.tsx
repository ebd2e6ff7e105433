import { Button, Group } from "@mantine/core";
import { may, useMe } from "@/features/session/useMe";
import { FileChooser } from "@/features/upload/FileChooser";
import { IngestForm } from "@/features/upload/IngestForm";
import { RecentJobs } from "@/features/upload/RecentJobs";
import { UploadCard } from "@/features/upload/UploadCard";
import { canBeSent, uploads, useUploads } from "@/features/upload/uploads";
import { Empty } from "@/ui/Empty";
import { PageTitle } from "@/ui/PageTitle";
import { Panel } from "@/ui/Panel";
import classes from "./UploadPage.module.css";

export function UploadPage() {
  const me = useMe().data;
  const all = useUploads();
  const waiting = all.filter(canBeSent).length;
  if (!may(me, "upload")) {
    return (
      <>
        <PageTitle tab="Upload">Upload</PageTitle>
        <Empty title="You may not upload yet">This needs the permission “upload”, which an administrator can give you.</Empty>
      </>
    );
  }
  return (
    <div className={classes.page}>
      <PageTitle tab="Upload">Upload</PageTitle>
      <div className={classes.columns}>
        <div className={classes.stack}>
          <Panel title="From this computer">
            <div className={classes.stack}>
              <FileChooser choose={(files) => uploads.choose(files)} />
              {all.map((upload) => <UploadCard key={upload.id} upload={upload} />)}
              <Group justify="space-between">
                <span className="dim">What you leave empty is read from the archive.</span>
                <Button id="upload-btn" size="sm" disabled={waiting === 0} onClick={() => void uploads.sendAll()}>
                  {waiting > 1 ? `Upload ${waiting} packages` : "Upload package"}
                </Button>
              </Group>
            </div>
          </Panel>
          <Panel title="From Hugging Face or npm">
            <IngestForm mayWaive={may(me, "admin")} />
          </Panel>
        </div>
        <RecentJobs />
      </div>
    </div>
  );
}
