import type { Failure } from "cloud-agents";

/** The bytes of a file that a person chose or dropped. Rejects with a failure to be shown. */
export async function bytesOf(file: File): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    const failure: Failure = {
      code: "invalid",
      message: `${file.name} could not be read.`,
      hint: "Folders cannot be read, and a file that was moved meanwhile has to be chosen again.",
    };
    throw failure;
  }
}
