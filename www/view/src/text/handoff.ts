import type { BriefSection, ConversationSummary, FileChange, FileEdit } from "cloud-agents";
import { plural } from "./count.js";

/** The sections that a person can leave out, in the order of the brief; of changes they choose how they go along. */
export const SECTIONS: readonly { id: BriefSection; label: string }[] = [
  { id: "constraints", label: "Decisions and constraints" },
  { id: "plan", label: "Plan and to-dos" },
  { id: "state", label: "State of the work" },
  { id: "failing", label: "What fails now" },
  { id: "tried", label: "What was tried" },
  { id: "files", label: "Files that matter" },
  { id: "last-turns", label: "Last turns" },
  { id: "older-turns", label: "Older turns, shortened" },
];

/** "12 turns, 40 tool calls, 7 edits". */
export function summaryWords({ turns, toolCalls, edits }: ConversationSummary): string {
  return `${plural(turns, "turn")}, ${plural(toolCalls, "tool call")}, ${plural(edits, "edit")}`;
}

const STATUSES: Record<FileEdit["change"], FileChange["status"]> = {
  modified: "modified",
  added: "added",
  deleted: "removed",
  renamed: "renamed",
};

/** An edit of the workspace as the change that the diff view shows. */
export function fileChangeOf({ path, from, change, diff }: FileEdit): FileChange {
  const file: FileChange = { path, status: STATUSES[change] ?? "modified", ...countLines(diff) };
  if (from !== undefined) file.previousPath = from;
  // Without a hunk there is nothing to draw: the file is binary, or only its name changed.
  if (/^@@/m.test(diff)) file.diff = diff;
  else if (
    change === "renamed" ||
    (change === "modified" && /^new mode /m.test(diff) && !/^(GIT binary|Binary)/m.test(diff))
  )
    file.diff = "";
  return file;
}

function countLines(diff: string): { additions: number; deletions: number } {
  let additions = 0;
  let deletions = 0;
  let inHunk = false;
  for (const line of diff.split("\n")) {
    if (line.startsWith("@@")) inHunk = true;
    else if (line.startsWith("diff --git ")) inHunk = false;
    else if (inHunk && line.startsWith("+")) additions++;
    else if (inHunk && line.startsWith("-")) deletions++;
  }
  return { additions, deletions };
}

/** A file name made of a title, for what is saved. */
export function fileNameOf(title: string | undefined): string {
  const words = (title ?? "").toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return `${words.slice(0, 8).join("-").slice(0, 60) || "handoff"}.cloud-agents.json`;
}
