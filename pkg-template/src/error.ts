import type { ErrorCode, Failure } from "./types.js";

/** Every failure of this package: a code for programs, a hint for people. It never holds a token. */
export class CloudAgentsError extends Error {
  override readonly name = "CloudAgentsError";
  readonly code: ErrorCode;
  /** The id of the connection it happened on. */
  readonly provider?: string;
  /** The HTTP status, where there was a reply. */
  readonly status?: number;
  /** How long the provider asks to be left alone. */
  readonly retryAfterMs?: number;
  /** The provider's own id of the request, for its support. */
  readonly requestId?: string;
  /** What the person can do, in one sentence. */
  readonly hint: string;

  constructor(failure: Failure) {
    super(failure.message);
    this.code = failure.code;
    this.hint = failure.hint;
    if (failure.provider !== undefined) this.provider = failure.provider;
    if (failure.status !== undefined) this.status = failure.status;
    if (failure.retryAfterMs !== undefined) this.retryAfterMs = failure.retryAfterMs;
    if (failure.requestId !== undefined) this.requestId = failure.requestId;
  }

  /** The same as plain data, for a worker, a webview or an extension port. */
  toJSON(): Failure {
    const { code, message, hint, provider, status, retryAfterMs, requestId } = this;
    return {
      code,
      message,
      hint,
      ...(provider !== undefined && { provider }),
      ...(status !== undefined && { status }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(requestId !== undefined && { requestId }),
    };
  }
}

/** What the core threw, as an error that a caller can use. The core throws its failures as JSON text. */
export function asError(thrown: unknown): unknown {
  return typeof thrown === "string" ? new CloudAgentsError(JSON.parse(thrown) as Failure) : thrown;
}
