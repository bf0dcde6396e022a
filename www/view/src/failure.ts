import type { Failure } from "cloud-agents";

/** Turns whatever a source rejected with into a `Failure` that can be shown. */
export function asFailure(reason: unknown): Failure {
  if (isFailure(reason)) return reason;
  const message = reason instanceof Error ? reason.message : String(reason);
  return { code: "provider", message, hint: "Try again; reload the page if it stays." };
}

function isFailure(value: unknown): value is Failure {
  if (typeof value !== "object" || value === null) return false;
  const candidate = value as Partial<Failure>;
  return (
    typeof candidate.code === "string" && typeof candidate.message === "string" && typeof candidate.hint === "string"
  );
}
