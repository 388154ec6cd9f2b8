import { Button, Checkbox, NativeSelect, PasswordInput, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import type { Source } from "../../../common/domain/source.ts";
import type { Failure } from "../../../common/result.ts";
import { useActions, useApp, useBusy } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { FailureCard } from "../../ui/failure-card.tsx";
import {
  addressOf,
  defaultPorts,
  draftOfSource,
  emptySourceDraft,
  loginKinds,
  nameOfDraft,
  sourceKinds,
  sourceProblems,
  type LoginKind,
  type SecretEntries,
  type SourceDraft,
  type SourceKind,
} from "./source-draft.ts";

/** Adds a source, or changes one. Secrets go into the vault before the source names their entries. */
export function SourceForm({
  source,
  onClose,
  onSaved,
}: {
  readonly source: Source | null;
  onClose(): void;
  onSaved(id: string): void;
}) {
  const { sources: text, common } = useTexts();
  const format = useFormats();
  const actions = useActions();
  const sources = useApp((state) => state.sources);
  const credentials = useApp((state) => state.credentials);
  const isAdding = useBusy("add source");
  const isUpdating = useBusy(`update ${source?.id ?? ""}`);
  const [draft, setDraft] = useState<SourceDraft>(() =>
    source === null ? emptySourceDraft() : draftOfSource(source),
  );
  const [isTried, setTried] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const allTags = useMemo(
    () => [...new Set([...sources.values()].flatMap((each) => each.tags))].toSorted(),
    [sources],
  );
  const change = (part: Partial<SourceDraft>) => setDraft((before) => ({ ...before, ...part }));
  const isSsh = draft.kind === "ssh";
  const isNew = source === null;
  const others = [...sources.values()].filter((each) => each.id !== source?.id);
  const problems = sourceProblems(draft, others, isNew);
  const words = {
    required: common.problems.required,
    host: common.problems.host,
    user: common.problems.user,
    port: common.problems.wholeNumber("1", format.integer(65535)),
    "jump-hosts": text.form.jumpHostsHint,
    taken: common.problems.taken,
    "too-long": common.problems.tooLong("128"),
  } as const;
  /** An empty field is told so once the form was tried; something wrong in it, at once. */
  const errorOf = (field: keyof SourceDraft) => {
    const problem = problems[field];
    return problem === undefined || (problem === "required" && !isTried) ? null : words[problem];
  };

  const putSecret = async (purpose: "password" | "key-passphrase" | "elevation", secret: string) => {
    if (secret === "") return null;
    const answer = await actions.call("secret.put", { purpose, secret });
    return answer.ok ? answer.value.entry : null;
  };

  const save = async (thenTest: boolean) => {
    setTried(true);
    setFailure(null);
    if (Object.keys(problems).length > 0) return;
    const entries: SecretEntries = {
      password: draft.login === "password" ? await putSecret("password", draft.password) : null,
      keyPassphrase: draft.login === "key" ? await putSecret("key-passphrase", draft.keyPassphrase) : null,
      elevation: draft.elevation === "none" ? null : await putSecret("elevation", draft.elevationPassword),
    };
    const wanted = {
      name: nameOfDraft(draft),
      address: addressOf(draft, entries, source?.address ?? null),
      tags: [...draft.tags],
    };
    const answer = isNew
      ? await actions.addSource(wanted)
      : await actions.updateSource({ source: source.id, ...wanted });
    if (!answer.ok) {
      setFailure(answer.failure);
      return;
    }
    if (draft.login === "credential") await actions.useCredential([answer.value.id], draft.profile);
    if (thenTest) void actions.testSource(answer.value.id);
    onSaved(answer.value.id);
  };

  const logins: readonly LoginKind[] = isSsh ? loginKinds : ["password"];
  const { login } = draft;
  const changeKind = (kind: SourceKind) =>
    change({
      kind,
      port: draft.port === defaultPorts[draft.kind] ? defaultPorts[kind] : draft.port,
      login: kind === "ssh" ? login : "password",
      user: draft.user === "root" && kind !== "ssh" ? "Administrator" : draft.user,
    });

  return (
    <Dialog onClose={onClose} title={isNew ? text.form.addTitle : text.form.editTitle(source.name)} size="lg">
      <form
        noValidate
        className="form-grid"
        onSubmit={(event) => {
          event.preventDefault();
          void save(true);
        }}
      >
        <TextInput
          label={text.form.host}
          required
          value={draft.host}
          error={errorOf("host")}
          onChange={(event) => change({ host: event.currentTarget.value })}
          spellCheck={false}
          data-autofocus
        />
        <TextInput
          label={`${text.form.name} (${common.optional})`}
          placeholder={draft.host}
          value={draft.name}
          error={errorOf("name")}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
        <NativeSelect
          label={text.form.kind}
          value={draft.kind}
          data={sourceKinds.map((kind) => ({ value: kind, label: text.form.kinds[kind] }))}
          onChange={(event) => changeKind(event.currentTarget.value as SourceKind)}
        />
        <TextInput
          label={text.form.port}
          required
          inputMode="numeric"
          value={draft.port}
          error={errorOf("port")}
          onChange={(event) => change({ port: event.currentTarget.value })}
        />
        <NativeSelect
          label={text.form.login}
          value={login}
          data={logins.map((each) => ({ value: each, label: text.form.logins[each] }))}
          onChange={(event) => change({ login: event.currentTarget.value as LoginKind })}
        />
        {login === "credential" ? (
          <NativeSelect
            label={text.form.profile}
            required
            value={draft.profile}
            error={errorOf("profile")}
            description={credentials.length === 0 ? text.form.noProfiles : undefined}
            data={["", ...credentials.map(({ name }) => name)]}
            onChange={(event) => change({ profile: event.currentTarget.value })}
          />
        ) : (
          <TextInput
            label={text.form.user}
            required
            description={isSsh ? undefined : text.form.windowsUserHint}
            value={draft.user}
            error={errorOf("user")}
            onChange={(event) => change({ user: event.currentTarget.value })}
            autoComplete="off"
            spellCheck={false}
          />
        )}
        {login === "key" ? (
          <>
            <TextInput
              label={text.form.keyFile}
              required
              placeholder="/home/admin/.ssh/id_ed25519"
              value={draft.keyFile}
              error={errorOf("keyFile")}
              onChange={(event) => change({ keyFile: event.currentTarget.value })}
              spellCheck={false}
            />
            <PasswordInput
              label={`${text.form.keyPassphrase} (${common.optional})`}
              value={draft.keyPassphrase}
              onChange={(event) => change({ keyPassphrase: event.currentTarget.value })}
              autoComplete="off"
            />
          </>
        ) : null}
        {login === "password" ? (
          <PasswordInput
            label={text.form.password}
            required={isNew}
            description={isNew ? text.form.passwordHint : text.form.passwordKept}
            value={draft.password}
            error={errorOf("password")}
            onChange={(event) => change({ password: event.currentTarget.value })}
            autoComplete="off"
          />
        ) : null}
        {isSsh && login !== "credential" ? (
          <NativeSelect
            label={text.form.elevation}
            value={draft.elevation}
            data={(["none", "sudo", "su"] as const).map((each) => ({
              value: each,
              label: text.form.elevations[each],
            }))}
            onChange={(event) => change({ elevation: event.currentTarget.value as SourceDraft["elevation"] })}
          />
        ) : null}
        {isSsh && login !== "credential" && draft.elevation !== "none" ? (
          <PasswordInput
            label={text.form.elevationPassword}
            description={isNew ? text.form.elevationPasswordHint : text.form.passwordKept}
            value={draft.elevationPassword}
            error={errorOf("elevationPassword")}
            onChange={(event) => change({ elevationPassword: event.currentTarget.value })}
            autoComplete="off"
          />
        ) : null}
        {isSsh ? (
          <Textarea
            className="span-all"
            label={`${text.form.jumpHosts} (${common.optional})`}
            description={text.form.jumpHostsHint}
            value={draft.jumpHosts}
            error={errorOf("jumpHosts")}
            onChange={(event) => change({ jumpHosts: event.currentTarget.value })}
            autosize
            minRows={1}
            maxRows={3}
            spellCheck={false}
          />
        ) : null}
        <TagsInput
          className="span-all"
          label={`${text.form.tags} (${common.optional})`}
          description={text.tagHint}
          data={allTags}
          value={[...draft.tags]}
          onChange={(tags) => change({ tags })}
          maxTags={32}
          acceptValueOnBlur
        />
        {draft.kind === "winrm-http" ? null : (
          <Checkbox
            className="span-all"
            label={isSsh ? text.form.legacy : text.form.legacyTls}
            description={text.form.legacyHint}
            checked={draft.legacy}
            onChange={(event) => change({ legacy: event.currentTarget.checked })}
          />
        )}
        {failure === null ? null : (
          <div className="span-all">
            <FailureCard failure={failure} />
          </div>
        )}
        <div className="row row-end span-all">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button variant="default" onClick={() => void save(false)} loading={isAdding || isUpdating}>
            {text.form.saveOnly}
          </Button>
          <Button type="submit" loading={isAdding || isUpdating}>
            {text.form.saveAndTest}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
