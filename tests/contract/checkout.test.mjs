// A repository that a person works in themself: their checked-out branch moves only together with their files.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startLocalCloud } from "../harness/local-cloud.mjs";
import { git } from "../harness/repository.mjs";
import { createClient, refusal } from "./client.mjs";
import { readDescription } from "./openapi.mjs";

const garden = { owner: "local", repo: "garden" };
let description;
let folder;
let work;
let cloud;

before(async () => {
  description = await readDescription();
  folder = await mkdtemp(join(tmpdir(), "checkout-"));
  work = join(folder, "garden");
  await git(folder, "init", "--quiet", "--initial-branch=main", work);
  await writeFile(join(work, "bed.txt"), "tulips\n");
  await git(work, "add", "--all");
  await git(work, "commit", "--quiet", "--message=Plant");
  for (const name of ["one", "two", "three"]) {
    await git(work, "checkout", "--quiet", "-b", name, "main");
    await writeFile(join(work, `${name}.txt`), `${name}\n`);
    await git(work, "add", "--all");
    await git(work, "commit", "--quiet", `--message=Add ${name}`);
  }
  await git(work, "checkout", "--quiet", "main");
  // What a hostile repository would set: none of it may run, or reach the files.
  await git(work, "config", "filter.bad.smudge", `touch ${join(folder, "ran")}; cat`);
  await git(work, "config", "core.hooksPath", join(folder, "hooks"));
  await git(work, "config", "core.fsmonitor", `touch ${join(folder, "ran")}`);
  await writeFile(join(work, ".git/info/attributes"), "* filter=bad\n");
  cloud = await startLocalCloud({ repositories: [work], page: undefined });
});
after(async () => {
  await cloud?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function merge(octokit, head) {
  const { data: pull } = await octokit.rest.pulls.create({ ...garden, title: head, head, base: "main" });
  return () => octokit.rest.pulls.merge({ ...garden, pull_number: pull.number });
}

test("a merge brings the files along", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  const { data } = await (await merge(octokit, "one"))();
  assert.equal(await git(work, "-c", "core.fsmonitor=false", "rev-parse", "main"), data.sha);
  assert.equal(await readFile(join(work, "one.txt"), "utf8"), "one\n");
  assert.equal(await git(work, "-c", "core.fsmonitor=false", "status", "--porcelain"), "");
  await assert.rejects(() => readFile(join(folder, "ran")), { code: "ENOENT" });
  verdict();
});

test("files that were changed, or stand in the way, keep the branch where it is", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  const before = await git(work, "rev-parse", "main");
  const attempt = await merge(octokit, "two");
  await writeFile(join(work, "bed.txt"), "weeds\n");
  const { message } = await refusal(409, attempt);
  assert.match(message, /commit or stash them/);
  await writeFile(join(work, "bed.txt"), "tulips\n");
  await writeFile(join(work, "two.txt"), "mine\n");
  await refusal(409, attempt);
  await writeFile(join(work, ".git/index.lock"), "");
  await refusal(409, attempt);
  assert.equal(await readFile(join(work, ".git/index.lock"), "utf8"), "");
  await rm(join(work, ".git/index.lock"));
  assert.equal(await readFile(join(work, "two.txt"), "utf8"), "mine\n");
  assert.equal(await git(work, "rev-parse", "main"), before);
  await rm(join(work, "two.txt"));
  await attempt();
  assert.equal(await readFile(join(work, "two.txt"), "utf8"), "two\n");
  verdict();
});

test("a branch that is checked out in another work tree stays", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  await git(work, "-c", "core.fsmonitor=false", "checkout", "--quiet", "three");
  await git(work, "-c", "core.fsmonitor=false", "worktree", "add", "--quiet", join(folder, "other"), "main");
  const attempt = await merge(octokit, "three");
  const { message } = await refusal(409, attempt);
  assert.match(message, /work tree that the local cloud does not move/);
  verdict();
});
