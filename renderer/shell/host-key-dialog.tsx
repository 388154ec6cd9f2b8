import { Button } from "@mantine/core";
import { useActions, useApp, useBusy } from "../store/use-app.tsx";
import { useTexts } from "../texts/use-texts.ts";
import { CopyLine } from "../ui/copy-line.tsx";
import { Dialog } from "../ui/dialog.tsx";

/** A connection waits for a person to say whether the key that a host shows is its own. One question at a time. */
export function HostKeyDialog() {
  const { hostKey: text } = useTexts().sources;
  const { answerHostKey } = useActions();
  const question = useApp((state) => state.hostKeyQuestions[0]);
  const isBusy = useBusy(`host-key ${question?.id ?? ""}`);
  if (question === undefined) return null;
  const host = question.port === 22 ? question.host : `${question.host}:${question.port}`;
  return (
    <Dialog
      onClose={() => void answerHostKey(question.id, false)}
      title={text.title}
      size="lg"
      withCloseButton={false}
      closeOnClickOutside={false}
    >
      <div className="stack">
        <p>{text.text(host)}</p>
        <CopyLine text={question.fingerprint} label={text.fingerprint} />
        <dl className="facts">
          <dt>{text.type}</dt>
          <dd className="mono">{question.keyType}</dd>
          {question.sources.length === 0 ? null : (
            <>
              <dt>{text.usedBy}</dt>
              <dd>{question.sources.join(", ")}</dd>
            </>
          )}
        </dl>
        <p className="dim">{text.compare}</p>
        <CopyLine
          text={`ssh-keygen -lf /etc/ssh/ssh_host_${question.keyType.replace(/^ssh-|-sha2.*$/g, "")}_key.pub`}
          label={text.compare}
        />
        <div className="row row-end">
          <Button variant="default" data-autofocus onClick={() => void answerHostKey(question.id, false)}>
            {text.refuse}
          </Button>
          <Button loading={isBusy} onClick={() => void answerHostKey(question.id, true)}>
            {text.accept(host)}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
