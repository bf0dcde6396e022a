import { diffWordsWithSpace } from "diff";
import { parse } from "diff2html/lib-esm/diff-parser.js";
import { type DiffLine, LineType } from "diff2html/lib-esm/types.js";

/**
 * A unified diff as lines that can be drawn without HTML strings. Loaded when the first diff is shown.
 */

/** A stretch of a line; `changed` marks what differs from the line it replaces. */
export interface Piece {
  text: string;
  changed: boolean;
}

export interface Line {
  kind: "added" | "removed" | "context";
  before?: number;
  after?: number;
  pieces: Piece[];
}

export interface Hunk {
  /** Git's `@@` line, with the function it found. */
  header: string;
  lines: Line[];
}

// Comparing very long lines word by word costs more than it tells.
const LONGEST_COMPARED = 500;

/** Reads one file's diff, with or without the header lines that some servers leave out. */
export function readDiff(path: string, diff: string): Hunk[] {
  // A removed line may begin with "--" too, so only what stands before the first hunk can be a header.
  const hasHeader = /^--- /m.test(diff.split(/^@@/m, 1)[0] ?? "");
  const whole = hasHeader ? diff : `--- a/${path}\n+++ b/${path}\n${diff}`;
  return parse(whole).flatMap((file) =>
    file.blocks.map((block) => ({ header: block.header, lines: pairLines(block.lines) })),
  );
}

function pairLines(source: DiffLine[]): Line[] {
  const lines = source.map(toLine);
  let index = 0;
  while (index < lines.length) {
    const removed = runOf(lines, index, "removed");
    const added = runOf(lines, index + removed, "added");
    // Only a block that replaces as many lines as it brings has an obvious partner for each.
    if (removed > 0 && removed === added) {
      for (let offset = index; offset < index + removed; offset++) markChanges(lines[offset], lines[offset + removed]);
    }
    index += Math.max(1, removed + added);
  }
  return lines;
}

function toLine(line: DiffLine): Line {
  // The first character is git's sign.
  const pieces = [{ text: line.content.slice(1), changed: false }];
  if (line.type === LineType.INSERT) return { kind: "added", after: line.newNumber, pieces };
  if (line.type === LineType.DELETE) return { kind: "removed", before: line.oldNumber, pieces };
  return { kind: "context", before: line.oldNumber, after: line.newNumber, pieces };
}

function runOf(lines: Line[], from: number, kind: Line["kind"]): number {
  let end = from;
  while (lines[end]?.kind === kind) end++;
  return end - from;
}

function markChanges(removed: Line | undefined, added: Line | undefined): void {
  const before = removed?.pieces[0]?.text;
  const after = added?.pieces[0]?.text;
  if (!removed || !added || before === undefined || after === undefined) return;
  if (before.length > LONGEST_COMPARED || after.length > LONGEST_COMPARED) return;
  const parts = diffWordsWithSpace(before, after);
  // Marks on everything mark nothing.
  if (!parts.some((part) => !part.added && !part.removed && part.value.trim() !== "")) return;
  removed.pieces = parts.filter((part) => !part.added).map((part) => ({ text: part.value, changed: part.removed }));
  added.pieces = parts.filter((part) => !part.removed).map((part) => ({ text: part.value, changed: part.added }));
}
