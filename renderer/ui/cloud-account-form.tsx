/** An account of a cloud: its key, and for private clouds its endpoints. Secrets go to the vault and never come back. */
import { Button, PasswordInput, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import {
  accessKeyIdSchema,
  cloudAccountNameSchema,
  endpointSchema,
  type CloudAccount,
} from "../../common/domain/cloud.ts";
import type { Failure } from "../../common/result.ts";
import { useActions, useBusy } from "../store/use-app.tsx";
import { useTexts } from "../texts/use-texts.ts";
import { FailureCard } from "./failure-card.tsx";

const products = ["ecs", "vpc", "sts", "oss"] as const;
type Typed = Record<
  "name" | "accessKeyId" | "secret" | "token" | "expires" | "authority" | (typeof products)[number],
  string
>;
type Field = keyof Typed;

function typedOf(account: CloudAccount | null): Typed {
  return {
    name: account?.name ?? "",
    accessKeyId: account?.accessKeyId ?? "",
    secret: "",
    token: "",
    expires: account?.tokenExpiresAt ?? "",
    authority: account?.authorityPem ?? "",
    ecs: account?.endpoints.ecs ?? "",
    vpc: account?.endpoints.vpc ?? "",
    sts: account?.endpoints.sts ?? "",
    oss: account?.endpoints.oss ?? "",
  };
}

/** `account` null: a new one. `known`: names that are taken. */
export function CloudAccountForm({
  account,
  known,
  onSaved,
  onCancel,
}: {
  readonly account: CloudAccount | null;
  readonly known: readonly string[];
  readonly onSaved: (name: string) => void;
  /** Absent: there is nothing to go back to. */
  readonly onCancel?: () => void;
}) {
  const { common, cloudAccount: text } = useTexts();
  const { setCloudAccount } = useActions();
  const isBusy = useBusy("set cloud account");
  const before = typedOf(account);
  const [typed, setTyped] = useState(before);
  const [isTried, setTried] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const isElsewhere = [...products, "authority" as const].some(
    (field) => typed[field].trim() !== before[field],
  );
  const [hasMore, setMore] = useState(
    account !== null &&
      (account.hasToken || [...products, "authority" as const].some((field) => before[field] !== "")),
  );

  const problemOf = (field: Field): string | null => {
    const value = typed[field].trim();
    const needed = value === "" ? common.problems.required : null;
    switch (field) {
      case "name":
        if (needed !== null) return needed;
        if (!cloudAccountNameSchema.safeParse(value).success) return text.nameHint;
        return account === null && known.includes(value) ? text.nameTaken : null;
      case "accessKeyId":
        return needed ?? (accessKeyIdSchema.safeParse(value).success ? null : text.keyIdWrong);
      case "secret":
        if (value === "") return account === null ? needed : isElsewhere ? text.secretAgain : null;
        return /\s/.test(value) ? text.secretWrong : null;
      case "expires":
        return value === "" || !Number.isNaN(Date.parse(value)) ? null : text.expiresWrong;
      case "authority":
        return value === "" || /-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/.test(value)
          ? null
          : text.authorityWrong;
      case "token":
        return null;
      default:
        return value === "" || endpointSchema.safeParse(value).success ? null : text.endpointWrong;
    }
  };
  const propsOf = (field: Field) => {
    const problem = problemOf(field);
    // What is wrong is said at once, what is missing once the person wanted to go on.
    const error = isTried || typed[field].trim() !== "" ? problem : null;
    return {
      value: typed[field],
      error,
      // The component for passwords does not say so by itself.
      "aria-invalid": error !== null,
      onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
        setTyped({ ...typed, [field]: event.currentTarget.value }),
      spellCheck: false,
      autoComplete: "off",
    };
  };
  const save = async () => {
    setTried(true);
    if ((Object.keys(typed) as Field[]).some((field) => problemOf(field) !== null)) return;
    const given = (field: Field) => (typed[field].trim() === "" ? null : typed[field].trim());
    const saved = await setCloudAccount({
      name: typed.name.trim(),
      accessKeyId: typed.accessKeyId.trim(),
      accessKeySecret: given("secret") ?? undefined,
      securityToken: given("token") ?? undefined,
      tokenExpiresAt: given("expires") === null ? null : new Date(typed.expires).toISOString(),
      endpoints: { ecs: given("ecs"), vpc: given("vpc"), sts: given("sts"), oss: given("oss") },
      authorityPem: given("authority"),
    });
    if (saved.ok) onSaved(saved.value.name);
    else setFailure(saved.failure);
  };
  return (
    <form
      noValidate
      className="stack"
      aria-label={account === null ? text.add : text.change(account.name)}
      onSubmit={(event) => {
        event.preventDefault();
        // It may stand within a step of the wizard, which is not what is sent off.
        event.stopPropagation();
        void save();
      }}
    >
      <div className="form-grid">
        <TextInput
          label={text.name}
          description={text.nameHint}
          readOnly={account !== null}
          {...propsOf("name")}
        />
        <TextInput label={text.keyId} {...propsOf("accessKeyId")} />
        <PasswordInput
          label={text.secret}
          description={account === null ? text.secretHint : text.keep}
          {...propsOf("secret")}
        />
      </div>
      {hasMore ? (
        <fieldset className="form-grid plain-fieldset">
          <legend>{text.more}</legend>
          <PasswordInput label={text.token} description={text.tokenHint} {...propsOf("token")} />
          <TextInput label={text.expires} placeholder="2026-12-31T12:00:00Z" {...propsOf("expires")} />
          {products.map((product) => (
            <TextInput
              key={product}
              label={text.endpoint(product.toUpperCase())}
              placeholder={text.endpointPublic}
              {...propsOf(product)}
            />
          ))}
          <Textarea
            className="span-all"
            label={text.authority}
            description={text.authorityHint}
            rows={3}
            {...propsOf("authority")}
          />
        </fieldset>
      ) : (
        <div>
          <Button size="compact-sm" variant="subtle" onClick={() => setMore(true)}>
            {text.more}
          </Button>
        </div>
      )}
      {failure === null ? null : <FailureCard failure={failure} title={text.failed} />}
      <div className="row">
        <Button type="submit" variant="default" loading={isBusy}>
          {text.save}
        </Button>
        {onCancel === undefined ? null : (
          <Button variant="subtle" onClick={onCancel}>
            {common.cancel}
          </Button>
        )}
      </div>
    </form>
  );
}
