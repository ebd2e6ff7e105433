import { Alert, Button, FileInput, Group, Progress, Switch, TextInput } from "@mantine/core";
import { bytes } from "@/format/numbers";
import { JobOutcome } from "@/ui/JobOutcome";
import classes from "./UploadCard.module.css";
import { canBeSent, uploads, type Upload } from "./uploads";

const STEPS = { reading: "Reading", sending: "Sending", waiting: "Waiting to send" } as const;
const NOTES = { reading: "Reading the file, so that every part can be checked where it arrives …", waiting: "The registry can't be reached; sending goes on by itself when it can." } as const;

const SAYS = { begun: "Upload successful. It is being measured …", done: "Upload successful." };

/** One archive on its way: its labels, then its bytes, then its job. */
export function UploadCard({ upload }: { upload: Upload }) {
  const { id, file, phase, problem, progress, uploadId } = upload;
  const percent = Math.round((progress.bytes / Math.max(1, file.size)) * 100);
  return (
    <section className={classes.card} aria-label={file.name}>
      <header className={classes.head}>
        <strong className={classes.file} title={file.name}>{file.name}</strong>
        <span className="dim number">{phase === "sending" ? `${bytes(progress.bytes)} of ${bytes(file.size)}` : bytes(file.size)}</span>
        {phase === "sending" ? (
          <Button variant="default" size="compact-xs" onClick={() => uploads.stop(id)}>{uploadId ? "Pause" : "Stop"}</Button>
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
      {canBeSent(upload) && uploadId && <p className="dim" role="status">Part of it has arrived; sending it again goes on from there.</p>}
      {canBeSent(upload) && <LabelFields upload={upload} />}
      {phase === "sending" && (
        <>
          <Progress value={percent} color={progress.step === "sending" ? undefined : "gray"} aria-label={`${STEPS[progress.step]} ${file.name}`} />
          {progress.step !== "sending" && <p className="dim" role="status">{NOTES[progress.step]}</p>}
        </>
      )}
      {upload.jobId && <JobOutcome jobId={upload.jobId} says={SAYS} />}
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
