/** The vectors that Alibaba's documents and SDKs publish. */
import { describe, expect, it } from "vitest";
import { Secret } from "../../../../common/secret.ts";
import {
  canonicalQuery,
  presignOss,
  signAction,
  signOss,
} from "../../../../main/targets/alibaba-cloud/api/signatures.ts";

const key = (id: string, secret: string, token: string | null = null) => ({
  accessKeyId: id,
  accessKeySecret: new Secret(secret),
  securityToken: token === null ? null : new Secret(token),
});

describe("the API gateway's V3 signature", () => {
  const request = {
    host: "ecs.cn-shanghai.aliyuncs.com",
    action: "RunInstances",
    version: "2014-05-26",
    query: { RegionId: "cn-shanghai", ImageId: "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd" },
    at: Date.parse("2023-10-26T10:22:32Z"),
    nonce: "3156853299f313e23d1673dc12e1703d",
  };

  it("is the one of the documents' worked example", () => {
    expect(signAction(request, key("YourAccessKeyId", "YourAccessKeySecret"))["authorization"]).toBe(
      "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;" +
        "x-acs-signature-nonce;x-acs-version,Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
    );
  });

  it("takes a temporary token among the signed headers", () => {
    const headers = signAction(request, key("YourAccessKeyId", "YourAccessKeySecret", "a token"));
    expect(headers["x-acs-security-token"]).toBe("a token");
    expect(headers["authorization"]).toContain("x-acs-date;x-acs-security-token;x-acs-signature-nonce");
  });

  it("encodes what RFC 3986 reserves", () => {
    expect(canonicalQuery({ b: "a b*~", a: "ü/!'()" })).toBe("a=%C3%BC%2F%21%27%28%29&b=a%20b%2A~");
  });
});

describe("the OSS V4 signature", () => {
  const query = {
    param1: "value1",
    "+param1": "value3",
    "|param1": "value4",
    "+param2": "",
    "|param2": "",
    param2: "",
  };
  const headers = { "x-oss-head1": "value", abc: "value", zabc: "value", xyz: "value" };
  const request = {
    method: "PUT",
    region: "cn-hangzhou",
    bucket: "bucket",
    key: "1234+-/123/1.txt",
    query,
  } as const;

  it("in a header is the one of the SDKs' vector", () => {
    const signed = signOss(
      { ...request, headers: { ...headers, "content-type": "text/plain" }, at: 1_702_743_657_000 },
      key("ak", "sk"),
    );
    expect(signed["authorization"]).toBe(
      "OSS4-HMAC-SHA256 Credential=ak/20231216/cn-hangzhou/oss/aliyun_v4_request," +
        "Signature=e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe",
    );
  });

  it("in an address is the one of the SDKs' vector", () => {
    const signed = presignOss(
      {
        ...request,
        headers: { ...headers, "content-type": "application/octet-stream" },
        at: 1_702_781_677_000,
      },
      599,
      key("ak", "sk"),
    );
    expect(signed).toMatchObject({
      "x-oss-date": "20231217T025437Z",
      "x-oss-credential": "ak/20231217/cn-hangzhou/oss/aliyun_v4_request",
      "x-oss-signature": "a39966c61718be0d5b14e668088b3fa07601033f6518ac7b523100014269c0fe",
    });
  });
});
