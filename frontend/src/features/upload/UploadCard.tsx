import { Alert, Button, FileInput, Group, Progress, Switch, TextInput } from "@mantine/core";
import { bytes } from "@/format/numbers";
import { JobOutcome } from "@/ui/JobOutcome";
import classes from "./UploadCard.module.css";
import { uploads, type Upload } from "./uploads";

/** One archive on its way: its labels, then its bytes, then its job. */
export function UploadCard({ upload }: { upload: Upload }) {
  const { id, file, phase, problem, sentBytes } = upload;
  const percent = Math.round((sentBytes / Math.max(1, file.size)) * 100);
  return (
    <section className={classes.card} aria-label={file.name}>
      <header className={classes.head}>
        <strong className={classes.file}>{file.name}</strong>
        <span className="dim number">{phase === "sending" ? `${bytes(sentBytes)} of ${bytes(file.size)}` : bytes(file.size)}</span>
        {phase === "sending" ? (
          <Button variant="default" size="compact-xs" onClick={() => uploads.stop(id)}>Stop</Button>
        ) : (
          <Button variant="subtle" size="compact-xs" onClick={() => uploads.remove(id)} aria-label={`Remove ${file.name} from this list`}>
            {phase === "accepted" ? "Dismiss" : "Remove"}
          </Button>
        )}
      </header>
      {problem && (
        <Alert color="red" variant="light" role="alert" title="Not accepted">
          {problem.message}
        </Alert>
      )}
      {(phase === "chosen" || phase === "refused") && <LabelFields upload={upload} />}
      {phase === "sending" && <Progress value={percent} aria-label={`Sending ${file.name}`} />}
      {upload.jobId && <JobOutcome jobId={upload.jobId} success="Upload successful" />}
    </section>
  );
}

function LabelFields({ upload }: { upload: Upload }) {
  const { id, labels, declared, problem } = upload;
  const label = (to: Partial<Upload["labels"]>) => uploads.label(id, to);
  const hint = (value: string | undefined) => value ?? (declared ? "not declared in the archive" : "reading the archive …");
  return (
    <div className={classes.fields}>
      <TextInput label="Name" placeholder={hint(declared?.name)} value={labels.name} spellCheck={false}
        onChange={(event) => label({ name: event.currentTarget.value })} error={problem?.field("name")} />
      <TextInput label="Version" placeholder={hint(declared?.version)} value={labels.version} spellCheck={false}
        onChange={(event) => label({ version: event.currentTarget.value })} error={problem?.field("version")} />
      <TextInput className={classes.wide} label="Description" placeholder={hint(declared?.description)} value={labels.description}
        onChange={(event) => label({ description: event.currentTarget.value })} error={problem?.field("description")} />
      <Group className={classes.wide} gap="lg" align="flex-start">
        <Switch label="Sensitive" description="Only for whom its policy lets through" checked={labels.isSensitive}
          onChange={(event) => label({ isSensitive: event.currentTarget.checked })} />
        {labels.isSensitive && (
          <FileInput label="Download policy" description="JavaScript, optional" placeholder="Choose a .js file" accept=".js,text/javascript" clearable
            clearButtonProps={{ "aria-label": "Remove the policy" }} value={labels.policy} onChange={(policy) => label({ policy })} error={problem?.field("js_policy")} w={230} />
        )}
      </Group>
    </div>
  );
}
