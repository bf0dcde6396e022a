import { asFailure } from "@cloud-agents/view";
import { CloudAgentsError, type Failure } from "cloud-agents";

/** What a call rejected with, as the plain value that the elements show. */
export function toFailure(reason: unknown): Failure {
  if (!(reason instanceof CloudAgentsError)) return asFailure(reason);
  const failure: Failure = { code: reason.code, message: reason.message, hint: reason.hint };
  if (reason.provider !== undefined) failure.provider = reason.provider;
  if (reason.status !== undefined) failure.status = reason.status;
  if (reason.retryAfterMs !== undefined) failure.retryAfterMs = reason.retryAfterMs;
  if (reason.requestId !== undefined) failure.requestId = reason.requestId;
  return failure;
}
