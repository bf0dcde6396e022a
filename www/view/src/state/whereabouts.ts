import type { RepositoryChoice, Workspace } from "cloud-agents";
import { repositoryName } from "../text/repository.js";

/** Where a conversation took place, as far as it tells; empty strings where it does not. */
export interface Whereabouts {
  /** `owner/name` */
  repository: string;
  branch: string;
  /** The folder's own name; many are called like their repository. */
  folder: string;
  /** Whether commits are known to be where the work is and nowhere else. */
  unpushed: boolean;
}

/** A repository to begin with, and the sentence that a person should read about it. */
export interface RepositoryPreset {
  name: string;
  note: string;
}

/** Git's own word for "on no branch". */
const DETACHED = "HEAD";

/** Takes from a workspace where it was. */
export function whereaboutsOf(workspace: Workspace): Whereabouts {
  const branch = workspace.branch?.trim() ?? "";
  return {
    repository: repositoryName(workspace.repository ?? ""),
    branch: branch === DETACHED ? "" : branch,
    folder: workspace.folder?.split(/[\\/]/).filter(Boolean).at(-1) ?? "",
    unpushed: isUnpushed(workspace),
  };
}

/** Whether what is checked out is another commit than the remote's; either may be abbreviated. */
function isUnpushed({ baseCommit, headCommit }: Workspace): boolean {
  if (!baseCommit || !headCommit) return false;
  return !baseCommit.startsWith(headCommit) && !headCommit.startsWith(baseCommit);
}

/** The repository that fits best of those a provider offers; what was only guessed is said to be a guess. */
export function presetRepository(
  expected: Whereabouts,
  offered: RepositoryChoice[],
  provider: string,
): RepositoryPreset {
  const { repository, folder } = expected;
  const same = offered.find(({ name }) => name.toLowerCase() === repository.toLowerCase());
  if (same) return { name: same.name, note: "" };
  const namesakes = offered.filter(({ name }) => lastPart(name) === lastPart(repository || folder));
  const [namesake] = namesakes;
  if (repository) {
    if (namesake && namesakes.length === 1)
      return {
        name: namesake.name,
        note: `The work is in ${repository}, which ${provider} does not list. ${namesake.name} has the same name: check that it is the one.`,
      };
    if (offered.length === 0) return { name: repository, note: "" };
    return {
      name: repository,
      note: `${provider} does not list ${repository}, where the work is. Choose a repository that it has.`,
    };
  }
  if (namesake && namesakes.length === 1)
    return {
      name: namesake.name,
      note: `The conversation names no repository. ${namesake.name} is called like its folder: check that it is the one.`,
    };
  const [first] = offered;
  return first
    ? {
        name: first.name,
        note: `The conversation names no repository. ${first.name} is only the first that ${provider} lists: check it.`,
      }
    : { name: "", note: "The conversation names no repository. Enter the one that the work is in." };
}

/** What a person should read about the base branch before anything is sent; empty when there is nothing to say. */
export function branchNote(
  expected: Whereabouts,
  chosen: { baseRef: string; byPerson: boolean; branches: string[] | undefined; defaultBranch: string },
  provider: string,
): string {
  const { baseRef, byPerson, branches, defaultBranch } = chosen;
  const fallback = defaultBranch ? `the default branch ${defaultBranch}` : "the default branch";
  if (!baseRef) return `No branch is chosen: the work starts from ${fallback}.`;
  const missing = branches !== undefined && branches.length > 0 && !branches.includes(baseRef);
  if (byPerson) return missing ? `${provider} lists no branch ${baseRef} in this repository.` : "";
  if (!expected.branch)
    return "The conversation names no branch; this is the default one. Choose the branch that you work on.";
  return missing
    ? `You work on ${baseRef}, which ${provider} does not list in this repository. Push it first, or choose where to start.`
    : "";
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1).toLowerCase();
}
