import { Button, Checkbox, NativeSelect, PasswordInput, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import type { Credential } from "../../../common/api/source-procedures.ts";
import type { Failure } from "../../../common/result.ts";
import { useActions, useApp, useBusy } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { FailureCard } from "../../ui/failure-card.tsx";
import { Section } from "../../ui/page.tsx";
import "../../ui/disk-section.css";

/** The ways to log in that sources share. */
export function Credentials() {
  const { credentials: text } = useTexts().settings;
  const format = useFormats();
  const { removeCredential } = useActions();
  const credentials = useApp((state) => state.credentials);
  const [edited, setEdited] = useState<Credential | "new" | null>(null);
  const waysOf = (credential: Credential) =>
    [
      credential.keyFiles.length > 0 ? text.key : null,
      credential.hasPassword ? text.password : null,
      credential.useSshAgent ? text.agent : null,
      credential.elevation.method === "none" ? null : credential.elevation.method,
    ].filter((way) => way !== null);
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
      {credentials.length === 0 ? (
        <p>{text.none}</p>
      ) : (
        <table className="results-table">
          <thead>
            <tr>
              <th scope="col">{text.name}</th>
              <th scope="col">{text.user}</th>
              <th scope="col">{text.login}</th>
              <th scope="col">{text.usedBy}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {credentials.map((credential) => (
              <tr key={credential.name}>
                <th scope="row">{credential.name}</th>
                <td className="mono">{credential.user}</td>
                <td>{format.list(waysOf(credential))}</td>
                <td>{text.usedByCount(format.integer(credential.usedBy))}</td>
                <td>
                  <div className="row">
                    <Button size="compact-xs" variant="default" onClick={() => setEdited(credential)}>
                      {text.change}
                    </Button>
                    <Button
                      size="compact-xs"
                      variant="light"
                      color="red"
                      onClick={() => void removeCredential(credential.name)}
                    >
                      {text.remove(credential.name)}
                    </Button>
                  </div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {edited === null ? null : (
        <CredentialForm credential={edited === "new" ? null : edited} onClose={() => setEdited(null)} />
      )}
    </Section>
  );
}

function CredentialForm({
  credential,
  onClose,
}: {
  readonly credential: Credential | null;
  onClose(): void;
}) {
  const { settings, sources, common } = useTexts();
  const text = settings.credentials;
  const form = sources.form;
  const { setCredential } = useActions();
  const isBusy = useBusy("set credential");
  const [name, setName] = useState(credential?.name ?? "");
  const [user, setUser] = useState(credential?.user ?? "root");
  const [keyFiles, setKeyFiles] = useState(credential?.keyFiles.join(", ") ?? "");
  const [useSshAgent, setUseAgent] = useState(credential?.useSshAgent ?? false);
  const [password, setPassword] = useState("");
  const [keyPassphrase, setKeyPassphrase] = useState("");
  const [method, setMethod] = useState(credential?.elevation.method ?? "none");
  const [elevationPassword, setElevationPassword] = useState("");
  const [isTried, setTried] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const given = (secret: string) => (secret === "" ? undefined : secret);
  const save = async () => {
    setTried(true);
    if (name.trim() === "" || user.trim() === "") return;
    const answer = await setCredential({
      name: name.trim(),
      user: user.trim(),
      keyFiles: keyFiles
        .split(",")
        .map((file) => file.trim())
        .filter((file) => file !== ""),
      useSshAgent,
      password: given(password),
      keyPassphrase: given(keyPassphrase),
      elevation: { method, password: given(elevationPassword) },
    });
    if (answer.ok) onClose();
    else setFailure(answer.failure);
  };
  const keep = credential === null ? undefined : text.keep;
  return (
    <Dialog
      onClose={onClose}
      title={credential === null ? text.addTitle : text.editTitle(credential.name)}
      size="lg"
    >
      <form
        noValidate
        className="form-grid"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <TextInput
          label={text.name}
          required
          readOnly={credential !== null}
          value={name}
          error={isTried && name.trim() === "" ? common.problems.required : null}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        <TextInput
          label={text.user}
          required
          value={user}
          error={isTried && user.trim() === "" ? common.problems.required : null}
          onChange={(event) => setUser(event.currentTarget.value)}
          autoComplete="off"
        />
        <TextInput
          className="span-all"
          label={text.keyFiles}
          description={text.keyFilesHint}
          value={keyFiles}
          onChange={(event) => setKeyFiles(event.currentTarget.value)}
        />
        <PasswordInput
          label={form.password}
          description={keep}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="off"
        />
        <PasswordInput
          label={form.keyPassphrase}
          description={keep}
          value={keyPassphrase}
          onChange={(event) => setKeyPassphrase(event.currentTarget.value)}
          autoComplete="off"
        />
        <NativeSelect
          label={form.elevation}
          value={method}
          data={(["none", "sudo", "su"] as const).map((each) => ({
            value: each,
            label: form.elevations[each],
          }))}
          onChange={(event) => setMethod(event.currentTarget.value as typeof method)}
        />
        {method === "none" ? null : (
          <PasswordInput
            label={form.elevationPassword}
            description={keep}
            value={elevationPassword}
            onChange={(event) => setElevationPassword(event.currentTarget.value)}
            autoComplete="off"
          />
        )}
        <Checkbox
          className="span-all"
          label={text.useAgent}
          checked={useSshAgent}
          onChange={(event) => setUseAgent(event.currentTarget.checked)}
        />
        {failure === null ? null : (
          <div className="span-all">
            <FailureCard failure={failure} />
          </div>
        )}
        <div className="row row-end span-all">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit" loading={isBusy}>
            {common.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
