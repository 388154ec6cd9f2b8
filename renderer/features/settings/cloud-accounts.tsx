import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { CloudAccount } from "../../../common/domain/cloud.ts";
import type { Failure } from "../../../common/result.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useTexts } from "../../texts/use-texts.ts";
import { CloudAccountForm } from "../../ui/cloud-account-form.tsx";
import { FailureCard } from "../../ui/failure-card.tsx";
import { Section } from "../../ui/page.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";

/** What the cloud said of an account when it was asked. */
type Answer = { readonly who: string } | { readonly failure: Failure };

/** Accounts of a cloud that targets use. */
export function CloudAccounts() {
  const { cloudAccount: text } = useTexts();
  const { testCloudAccount, removeCloudAccount, readCloudAccounts } = useActions();
  const connection = useApp((state) => state.connection);
  const accounts = useApp((state) => state.cloudAccounts);
  const busy = useApp((state) => state.busy);
  const [edited, setEdited] = useState<CloudAccount | "new" | null>(null);
  const [answers, setAnswers] = useState<ReadonlyMap<string, Answer>>(new Map());
  useEffect(() => {
    if (connection === "open") void readCloudAccounts();
  }, [connection, readCloudAccounts]);
  const test = async (name: string) => {
    const answer = await testCloudAccount(name);
    setAnswers((known) =>
      new Map(known).set(name, answer.ok ? { who: answer.value.arn } : { failure: answer.failure }),
    );
  };
  const forget = (name: string) =>
    setAnswers((known) => new Map([...known].filter(([account]) => account !== name)));
  return (
    <Section
      title={text.title}
      actions={
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlus size={15} aria-hidden />}
          onClick={() => setEdited("new")}
        >
          {text.add}
        </Button>
      }
    >
      <p className="dim">{text.lead}</p>
      {accounts.length === 0 && edited === null ? <p>{text.none}</p> : null}
      {accounts.map((account) => {
        const answer = answers.get(account.name);
        // What is tried while it is changed would be the old one.
        const isEdited = edited !== null && edited !== "new" && edited.name === account.name;
        return (
          <div key={account.name} className="stack-tight">
            <div className="row">
              <strong>{account.name}</strong>
              <span className="mono dim">{account.accessKeyId}</span>
              {answer !== undefined && "who" in answer ? (
                <StatusBadge tone="ok">{text.works}</StatusBadge>
              ) : null}
              <span className="grow" />
              <Button
                size="compact-xs"
                variant="default"
                disabled={isEdited}
                loading={busy.has(`test cloud account ${account.name}`)}
                onClick={() => void test(account.name)}
              >
                {text.test(account.name)}
              </Button>
              <Button size="compact-xs" variant="default" onClick={() => setEdited(account)}>
                {text.change(account.name)}
              </Button>
              <Button
                size="compact-xs"
                variant="light"
                color="red"
                onClick={() => void removeCloudAccount(account.name)}
              >
                {text.remove(account.name)}
              </Button>
            </div>
            {answer === undefined ? null : "who" in answer ? (
              <span className="mono dim">{answer.who}</span>
            ) : (
              <FailureCard failure={answer.failure} title={text.testFailed(account.name)} />
            )}
          </div>
        );
      })}
      {edited === null ? null : (
        <CloudAccountForm
          key={edited === "new" ? "" : edited.name}
          account={edited === "new" ? null : edited}
          known={accounts.map(({ name }) => name)}
          onSaved={(name) => {
            forget(name);
            setEdited(null);
          }}
          onCancel={() => setEdited(null)}
        />
      )}
    </Section>
  );
}
