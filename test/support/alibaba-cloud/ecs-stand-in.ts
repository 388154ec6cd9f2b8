/** ECS, VPC and STS with their resources and states. Ids, states and codes are those of the API reference. */
import { answerQuestion } from "./ecs-lists.ts";
import { changeMachines } from "./ecs-machines.ts";
import { requestOn, type EcsRequest } from "./ecs-request.ts";
import type { Parameters, Reply } from "./ecs-resources.ts";
import { changeStorage } from "./ecs-storage.ts";
import { EcsWorld } from "./ecs-world.ts";
import { Refusal } from "./refusal.ts";

export class EcsStandIn extends EcsWorld {
  readonly #tokens = new Map<string, { readonly request: string; readonly reply: Reply }>();

  /** As after a day: what was made with a ClientToken is there, and the token is not known any more. */
  forgetTokens(): void {
    this.#tokens.clear();
  }

  answer(name: string, parameters: Parameters): Reply {
    const [product = "", action = ""] = name.split(":");
    const request = requestOn(this, action, parameters);
    if (product === "ecs" && action !== "DescribeRegions") {
      request.need("RegionId");
      if (!this.regions.includes(parameters["RegionId"] ?? ""))
        throw new Refusal(404, "InvalidRegionId.NotFound", "The specified RegionId does not exist.");
    }
    const token = parameters["ClientToken"];
    if (token !== undefined) {
      if (!/^[\x20-\x7e]{1,64}$/.test(token))
        throw new Refusal(400, "InvalidParameter.ClientToken", "ClientToken");
      const before = this.#tokens.get(token);
      if (before !== undefined) {
        if (before.request === JSON.stringify(parameters)) return before.reply;
        throw new Refusal(400, "IdempotentParameterMismatch", "the token was used with other parameters");
      }
    }
    const reply = this.#do(name, request);
    if (token !== undefined) this.#tokens.set(token, { request: JSON.stringify(parameters), reply });
    return reply;
  }

  #do(name: string, request: EcsRequest): Reply {
    if (name === "sts:GetCallerIdentity")
      return {
        AccountId: "1234567890123456",
        Arn: "acs:ram::1234567890123456:user/migrator",
        IdentityType: "RAMUser",
      };
    const reply =
      answerQuestion(this, name, request) ??
      changeMachines(this, name, request) ??
      changeStorage(this, name, request);
    if (reply === null)
      throw new Refusal(404, "InvalidAction.NotFound", `The stand-in does not know ${name}.`);
    return reply;
  }
}
