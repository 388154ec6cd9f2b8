/** A region of Alibaba Cloud: the account, the network, and what the result becomes there. Lists come from the cloud itself. */
import { Button, NativeSelect, Radio } from "@mantine/core";
import { useEffect, useState } from "react";
import type { ProcedureName, ProcedureInput, ProcedureOutput } from "../../../common/api/procedures.ts";
import { cloudNetworkTypes, cloudResultKinds } from "../../../common/domain/cloud.ts";
import type { Failure } from "../../../common/result.ts";
import type { WizardDraft } from "../../store/wizard-draft.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useTexts } from "../../texts/use-texts.ts";
import { CloudAccountForm } from "../../ui/cloud-account-form.tsx";
import { FailureCard } from "../../ui/failure-card.tsx";
import { Section } from "../../ui/page.tsx";
import { CloudCheckup } from "./cloud-checkup.tsx";
import { DraftText, useFieldError } from "./draft-fields.tsx";

interface Listed<T> {
  readonly items: readonly T[];
  readonly isLoading: boolean;
  readonly failure: Failure | null;
}

/** What the cloud answers; asked again when `input` changes, not at all while it is null. */
function useCloudList<N extends ProcedureName>(
  name: N,
  input: ProcedureInput<N> | null,
  again = 0,
): Listed<ProcedureOutput<N> extends readonly (infer T)[] ? T : never> {
  type Item = ProcedureOutput<N> extends readonly (infer T)[] ? T : never;
  const { call } = useActions();
  const key = input === null ? "" : JSON.stringify(input);
  const [answer, setAnswer] = useState<{
    key: string;
    items: readonly Item[];
    failure: Failure | null;
  } | null>(null);
  useEffect(() => {
    if (key === "") return;
    let isCurrent = true;
    void call(name, JSON.parse(key) as ProcedureInput<N>, { isQuiet: true }).then((result) => {
      if (!isCurrent) return;
      const items = result.ok ? (result.value as unknown as readonly Item[]) : [];
      setAnswer({ key, items, failure: result.ok ? null : result.failure });
    });
    return () => {
      isCurrent = false;
    };
  }, [call, name, key, again]);
  const isHere = answer?.key === key;
  return {
    items: isHere ? answer.items : [],
    isLoading: key !== "" && !isHere,
    failure: isHere ? answer.failure : null,
  };
}

type CloudField = Extract<keyof WizardDraft, `cloud${string}`>;
type TextField = { [K in CloudField]: WizardDraft[K] extends string ? K : never }[CloudField];

/** One of what the cloud has; a value that is not in the list any more stays visible. */
function CloudChoice({
  field,
  label,
  hint,
  listed,
  choices,
  resets = [],
}: {
  readonly field: TextField;
  readonly label: string;
  readonly hint?: string;
  readonly listed: Listed<unknown>;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  /** Fields that mean nothing once this one changes. */
  readonly resets?: readonly TextField[];
}) {
  const { cloud: text } = useTexts().wizard;
  const { setDraft } = useActions();
  const value = useApp((state) => state.draft[field]);
  const isKnown = value === "" || choices.some((choice) => choice.value === value);
  return (
    <NativeSelect
      label={label}
      description={hint}
      value={value}
      error={useFieldError(field)}
      data={[
        { value: "", label: listed.isLoading ? text.loading : text.choose },
        ...(isKnown ? [] : [{ value, label: value }]),
        ...choices,
      ]}
      onChange={(event) => {
        const cleared = Object.fromEntries(resets.map((each) => [each, ""]));
        setDraft({ ...cleared, [field]: event.currentTarget.value, confirmed: false });
      }}
    />
  );
}

const named = (id: string, name: string, more = "") => ({
  value: id,
  label: [name === "" || name === id ? id : `${name} (${id})`, more].filter((part) => part !== "").join(", "),
});

export function TargetCloud() {
  const { wizard, cloudAccount } = useTexts();
  const text = wizard.cloud;
  const { setDraft } = useActions();
  const draft = useApp((state) => state.draft);
  const [added, setAdded] = useState(0);
  const [isAdding, setAdding] = useState(false);
  const accounts = useCloudList("cloud.account.list", {}, added);
  const account = accounts.items.some(({ name }) => name === draft.cloudAccount) ? draft.cloudAccount : "";
  const regions = useCloudList("cloud.regions", account === "" ? null : { account });
  const isVpc = draft.cloudNetwork === "vpc";
  const isInstance = draft.cloudResult === "new-instance";
  const place =
    account === "" || draft.cloudRegion === ""
      ? null
      : { account, region: draft.cloudRegion, networkType: draft.cloudNetwork };
  const buckets = useCloudList("cloud.buckets", place);
  const vpcs = useCloudList("cloud.vpcs", isVpc || isInstance ? place : null);
  const inVpc = place !== null && draft.cloudVpc !== "" ? { ...place, vpcId: draft.cloudVpc } : null;
  const vSwitches = useCloudList("cloud.vswitches", inVpc);
  const groups = useCloudList("cloud.security-groups", isInstance ? inVpc : null);
  const instances = useCloudList("cloud.instances", draft.cloudResult === "existing-instance" ? place : null);
  const failure = [accounts, regions, buckets, vpcs, vSwitches, groups, instances].find(
    (each) => each.failure !== null,
  )?.failure;
  const below = ["cloudBucket", "cloudVpc", "cloudVSwitch", "cloudSecurityGroup", "cloudInstanceId"] as const;
  return (
    <>
      <Section title={text.account}>
        <p className="dim">{cloudAccount.lead}</p>
        <div className="form-grid">
          <CloudChoice
            field="cloudAccount"
            label={text.account}
            listed={accounts}
            choices={accounts.items.map(({ name, accessKeyId }) => named(name, name, accessKeyId))}
            resets={["cloudRegion", ...below]}
          />
          <CloudChoice
            field="cloudRegion"
            label={text.region}
            listed={regions}
            choices={regions.items.map(({ id, name }) => named(id, name))}
            resets={below}
          />
          <CloudChoice
            field="cloudBucket"
            label={text.bucket}
            hint={text.bucketHint}
            listed={buckets}
            choices={buckets.items.map(({ name }) => named(name, name))}
          />
        </div>
        {isAdding || (accounts.items.length === 0 && !accounts.isLoading) ? (
          <CloudAccountForm
            account={null}
            known={accounts.items.map(({ name }) => name)}
            onSaved={(name) => {
              setAdding(false);
              setAdded(added + 1);
              const cleared = Object.fromEntries(["cloudRegion", ...below].map((each) => [each, ""]));
              setDraft({ ...cleared, cloudAccount: name, confirmed: false });
            }}
            {...(accounts.items.length === 0 ? {} : { onCancel: () => setAdding(false) })}
          />
        ) : (
          <div>
            <Button variant="default" onClick={() => setAdding(true)}>
              {cloudAccount.add}
            </Button>
          </div>
        )}
        {failure == null ? null : <FailureCard failure={failure} title={text.listFailed} />}
      </Section>
      <Section title={text.networkType}>
        <Radio.Group
          aria-label={text.networkType}
          value={draft.cloudNetwork}
          onChange={(value) =>
            setDraft({
              cloudNetwork: cloudNetworkTypes.find((each) => each === value) ?? "internet",
              confirmed: false,
            })
          }
        >
          <div className="wizard-options">
            {cloudNetworkTypes.map((each) => (
              <Radio
                key={each}
                value={each}
                label={text.networkTypes[each]}
                description={text.networkHints[each]}
              />
            ))}
          </div>
        </Radio.Group>
        {isVpc || isInstance ? (
          <div className="form-grid">
            <CloudChoice
              field="cloudVpc"
              label={text.vpc}
              listed={vpcs}
              choices={vpcs.items.map(({ id, name, cidr }) => named(id, name, cidr))}
              resets={["cloudVSwitch", "cloudSecurityGroup"]}
            />
            <CloudChoice
              field="cloudVSwitch"
              label={text.vSwitch}
              listed={vSwitches}
              choices={vSwitches.items.map(({ id, name, cidr, zone }) => named(id, name, `${cidr}, ${zone}`))}
            />
          </div>
        ) : null}
      </Section>
      <Section title={text.result}>
        <Radio.Group
          aria-label={text.result}
          value={draft.cloudResult}
          onChange={(value) =>
            setDraft({
              cloudResult: cloudResultKinds.find((each) => each === value) ?? "image",
              confirmed: false,
            })
          }
        >
          <div className="wizard-options">
            {cloudResultKinds.map((each) => (
              <Radio
                key={each}
                value={each}
                label={text.results[each]}
                description={text.resultHints[each]}
              />
            ))}
          </div>
        </Radio.Group>
        {draft.cloudResult === "image" ? null : (
          <div className="form-grid">
            <DraftText field="cloudInstanceName" label={text.instanceName} hint={text.instanceNameHint} />
            {isInstance ? (
              <>
                <DraftText field="cloudInstanceType" label={text.instanceType} placeholder="ecs.g7.large" />
                <CloudChoice
                  field="cloudSecurityGroup"
                  label={text.securityGroup}
                  listed={groups}
                  choices={groups.items.map(({ id, name }) => named(id, name))}
                />
              </>
            ) : (
              <CloudChoice
                field="cloudInstanceId"
                label={text.instance}
                hint={text.instanceHint}
                listed={instances}
                choices={instances.items.map(({ id, name, status }) => named(id, name, status))}
              />
            )}
          </div>
        )}
      </Section>
      <CloudCheckup />
    </>
  );
}
