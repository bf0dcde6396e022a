// Repositories, branches, commits, comparisons and files: octokit asks, GitHub's description judges, git knows the truth.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startLocalCloud } from "../harness/local-cloud.mjs";
import { createClient, refusal } from "./client.mjs";
import { createGarden } from "./garden.mjs";
import { readDescription } from "./openapi.mjs";

const garden = { owner: "local", repo: "garden" };
let description;
let repository;
let cloud;

before(async () => {
  [description, repository] = await Promise.all([readDescription(), createGarden()]);
  cloud = await startLocalCloud({ repositories: [repository.path], page: undefined });
});
after(async () => {
  await cloud?.stop();
  await repository?.remove();
});

test("the account, its repositories and its rate limit", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  const { data: user } = await octokit.rest.users.getAuthenticated();
  const { data: mine } = await octokit.rest.repos.listForAuthenticatedUser();
  const { data: limit } = await octokit.rest.rateLimit.get();
  assert.equal(user.login, "local");
  assert.deepEqual(
    mine.map(({ full_name, default_branch }) => [full_name, default_branch]),
    [["local/garden", "main"]],
  );
  assert.equal(limit.rate.limit, limit.resources.core.limit);
  verdict();
});

test("a repository by its name and by its number is the same", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  const { data: named } = await octokit.rest.repos.get(garden);
  const { data: numbered } = await octokit.request("GET /repositories/{id}", { id: named.id });
  // `/repositories/{id}` is not in GitHub's description; it answers the same shape.
  assert.deepEqual(numbered, named);
  assert.deepEqual(
    description.complaints("GET", "/repos/{owner}/{repo}", {
      status: 200,
      headers: { "content-type": "application/json" },
      data: numbered,
    }),
    [],
  );
  assert.equal((await octokit.rest.repos.get({ owner: "LOCAL", repo: "Garden" })).data.id, named.id);
  await refusal(404, () => octokit.rest.repos.get({ owner: "local", repo: "desert" }));
  await refusal(404, () => octokit.rest.repos.get({ owner: "octocat", repo: "garden" }));
  await refusal(404, () => octokit.request("GET /repositories/{id}", { id: 99 }));
  verdict();
});

test("branches stand where git says", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  const branches = await octokit.paginate(octokit.rest.repos.listBranches, { ...garden, per_page: 2 });
  const truth = (
    await repository.git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads/")
  ).split("\n");
  assert.deepEqual(branches.map(({ name, commit }) => `${name} ${commit.sha}`).sort(), truth.sort());
  const { data: roses } = await octokit.rest.repos.getBranch({ ...garden, branch: "beds/roses" });
  assert.equal(roses.commit.sha, await repository.git("rev-parse", "beds/roses"));
  await refusal(404, () => octokit.rest.repos.getBranch({ ...garden, branch: "beds/thorns" }));
  await refusal(404, () => octokit.rest.repos.getBranch({ ...garden, branch: "--help" }));
  verdict();
});

test("what was pushed a moment ago is there", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  await repository.inWork("push", "--quiet", "origin", "origin/main:refs/heads/fresh");
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { data } = await octokit.rest.repos.listBranches(garden);
    if (data.some(({ name }) => name === "fresh")) break;
    assert.ok(Date.now() < deadline, "the branch never came");
  }
  verdict();
});

test("a comparison tells each file's change", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ ...garden, basehead: "main...beds/roses" });
  assert.equal(data.status, "ahead");
  assert.deepEqual([data.ahead_by, data.behind_by, data.total_commits], [2, 0, 2]);
  assert.deepEqual(
    data.commits.map(({ commit }) => commit.message),
    ["Plant roses\n\nRed ones.", "Clear the shed"],
  );
  const files = new Map(data.files.map((file) => [file.filename, file]));
  assert.deepEqual(
    [...files.values()]
      .map(({ filename, status, additions, deletions }) => [filename, status, additions, deletions])
      .sort(),
    [
      ["picture.png", "added", 0, 0],
      ["plan/beds.txt", "modified", 2, 1],
      ["plan/new name.txt", "renamed", 0, 0],
      ["shed.txt", "removed", 0, 1],
      ["way-out", "added", 1, 0],
      ["τριαντάφυλλα.txt", "added", 1, 0],
    ],
  );
  assert.equal(files.get("plan/new name.txt").previous_filename, "plan/old.txt");
  assert.equal(files.get("picture.png").patch, undefined);
  assert.match(files.get("plan/beds.txt").patch, /^@@ -1,6 \+1,6 @@\n bed 1\n bed 2\n-bed 3\n\+roses\n/);
  assert.match(files.get("τριαντάφυλλα.txt").patch, /^@@ -0,0 \+1 @@\n\+κόκκινα$/);
  for (const { filename, sha, status } of data.files) {
    const commit = status === "removed" ? "main" : "beds/roses";
    assert.equal(sha, await repository.git("rev-parse", `${commit}:${filename}`));
  }
  const reverse = await octokit.rest.repos.compareCommitsWithBasehead({
    ...garden,
    basehead: "beds/roses...local:main",
  });
  assert.equal(reverse.data.status, "behind");
  assert.deepEqual(reverse.data.files, []);
  verdict();
});

test("a comparison's patches apply", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  const basehead = "main...beds/roses";
  const { data: diff } = await octokit.rest.repos.compareCommitsWithBasehead({
    ...garden,
    basehead,
    mediaType: { format: "diff" },
  });
  assert.equal(`${diff}`.trimEnd(), await repository.git("diff", "--find-renames", "main...beds/roses"));
  const { data: mails } = await octokit.rest.repos.compareCommitsWithBasehead({
    ...garden,
    basehead,
    mediaType: { format: "patch" },
  });
  assert.equal(`${mails}`.match(/^From [0-9a-f]{40} /gm).length, 2);
  verdict();
});

test("what cannot be compared is said", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  const compare = (basehead) => octokit.rest.repos.compareCommitsWithBasehead({ ...garden, basehead });
  const apart = await refusal(404, () => compare("main...meadow"));
  assert.match(apart.response.data.message, /No common ancestor/);
  for (const basehead of ["main...nowhere", "main", "...", "--output=/tmp/x...main", "main...HEAD@{1}"]) {
    await refusal(404, () => compare(basehead));
  }
  verdict();
});

test("commits, alone and in a row", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  const { data: list } = await octokit.rest.repos.listCommits({ ...garden, sha: "beds/roses" });
  assert.equal(list.map(({ sha }) => sha).join("\n"), await repository.git("rev-list", "beds/roses"));
  const { data: tip } = await octokit.rest.repos.getCommit({ ...garden, ref: "beds/roses" });
  assert.deepEqual(tip.stats, { additions: 1, deletions: 1, total: 2 });
  assert.equal(tip.files.length, 3);
  const { data: first } = await octokit.rest.repos.getCommit({ ...garden, ref: list.at(-1).sha.slice(0, 10) });
  assert.equal(first.parents.length, 0);
  assert.equal(first.files.length, 4);
  const { data: sha } = await octokit.rest.repos.getCommit({ ...garden, ref: "main", mediaType: { format: "sha" } });
  assert.equal(sha, await repository.git("rev-parse", "main"));
  await refusal(422, () => octokit.rest.repos.getCommit({ ...garden, ref: "nowhere" }));
  verdict();
});

test("files and directories", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  const at = (path, ref = "beds/roses", more = {}) => octokit.rest.repos.getContent({ ...garden, path, ref, ...more });
  const { data: readme } = await octokit.rest.repos.getContent({ ...garden, path: "README.md" });
  assert.equal(Buffer.from(readme.content, "base64").toString(), "# Garden\n\nWhat grows where.\n");
  const { data: greek } = await at("τριαντάφυλλα.txt");
  assert.equal(Buffer.from(greek.content, "base64").toString(), "κόκκινα\n");
  const { data: raw } = await at("plan/new name.txt", "beds/roses", { mediaType: { format: "raw" } });
  assert.ok(`${raw}`.startsWith("old 1\nold 2\n"));
  const { data: root } = await at("");
  assert.deepEqual(
    root.map(({ name, type }) => `${type} ${name}`),
    ["file README.md", "file picture.png", "dir plan", "symlink way-out", "file τριαντάφυλλα.txt"],
  );
  const { data: link } = await at("way-out");
  assert.deepEqual([link.type, link.target, link.content], ["symlink", "../../../etc/passwd", undefined]);
  for (const [path, ref] of [
    ["nothing", "main"],
    ["README.md", "nowhere"],
    ["plan/beds.txt/x", "main"],
    [":(top)README.md", "main"],
  ]) {
    await refusal(404, () => at(path, ref));
  }
  verdict();
});

test("a client that holds an answer already is not sent it again", async () => {
  const first = await cloud.call("/repos/local/garden/branches");
  const again = await cloud.call("/repos/local/garden/branches", {
    headers: { "if-none-match": first.headers.get("etag") },
  });
  assert.deepEqual([first.status, again.status], [200, 304]);
});

test("without the token there is nothing", async () => {
  const { octokit, verdict } = createClient(cloud, description, "wrong");
  await refusal(401, () => octokit.rest.users.getAuthenticated());
  verdict();
});
