// Git Data: octokit writes a commit piece by piece, GitHub's description judges the answers, git reads it at the origin.
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

test("blob, tree, commit, ref: what was written is in the origin", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  const { git } = octokit.rest;
  const { data: main } = await git.getRef({ ...garden, ref: "heads/main" });
  assert.equal(main.object.sha, await repository.git("rev-parse", "main"));
  const { data: parent } = await git.getCommit({ ...garden, commit_sha: main.object.sha });
  assert.equal(parent.message, "Plant the first bed");
  const bytes = Buffer.from([0, 255, 10, 13]);
  const { data: blob } = await git.createBlob({ ...garden, content: bytes.toString("base64"), encoding: "base64" });
  const { data: read } = await git.getBlob({ ...garden, file_sha: blob.sha });
  assert.deepEqual(Buffer.from(read.content, "base64"), bytes);
  const { data: tree } = await git.createTree({
    ...garden,
    base_tree: parent.tree.sha,
    tree: [
      { path: "seeds/data.bin", mode: "100644", type: "blob", sha: blob.sha },
      { path: "run.sh", mode: "100755", type: "blob", content: "echo grow\n" },
      { path: "plan/old.txt", mode: "100644", type: "blob", sha: null },
    ],
  });
  assert.deepEqual(
    tree.tree.map(({ path }) => path),
    ["README.md", "plan", "run.sh", "seeds", "shed.txt"],
  );
  const author = { name: "Grace", email: "grace@example.com", date: "2026-01-02T03:04:05Z" };
  const { data: commit } = await git.createCommit({
    ...garden,
    message: "Sow\n\nSeeds.",
    tree: tree.sha,
    parents: [parent.sha],
    author,
  });
  assert.deepEqual(commit.author, author);
  const { data: ref } = await git.createRef({ ...garden, ref: "refs/heads/sown", sha: commit.sha });
  assert.equal(ref.object.sha, commit.sha);
  assert.equal(await repository.git("rev-parse", "sown"), commit.sha);
  assert.equal(
    await repository.git("log", "-1", "--format=%an %ae %at%n%B", "sown"),
    `Grace grace@example.com ${Date.parse(author.date) / 1000}\nSow\n\nSeeds.`,
  );
  assert.equal(
    await repository.git("ls-tree", "-r", "--format=%(objectmode) %(path)", "sown"),
    ["100644 README.md", "100644 plan/beds.txt", "100755 run.sh", "100644 seeds/data.bin", "100644 shed.txt"].join(
      "\n",
    ),
  );
  const { data: recursive } = await git.getTree({ ...garden, tree_sha: tree.sha, recursive: "1" });
  assert.deepEqual([recursive.truncated, recursive.tree.length], [false, 7]);

  // It moves forward only, unless forced.
  const { data: second } = await git.createCommit({
    ...garden,
    message: "More",
    tree: tree.sha,
    parents: [commit.sha],
  });
  await git.updateRef({ ...garden, ref: "heads/sown", sha: second.sha });
  await refusal(422, () => git.updateRef({ ...garden, ref: "heads/sown", sha: parent.sha }));
  await git.updateRef({ ...garden, ref: "heads/sown", sha: commit.sha, force: true });
  assert.equal(await repository.git("rev-parse", "sown"), commit.sha);
  await refusal(422, () => git.createRef({ ...garden, ref: "refs/heads/sown", sha: commit.sha }));
  const { data: matching } = await git.listMatchingRefs({ ...garden, ref: "heads/beds" });
  assert.deepEqual(
    matching.map((one) => one.ref),
    ["refs/heads/beds/nettles", "refs/heads/beds/roses"],
  );
  await git.deleteRef({ ...garden, ref: "heads/sown" });
  await assert.rejects(() => repository.git("rev-parse", "--verify", "--quiet", "refs/heads/sown"));
  await refusal(404, () => git.getRef({ ...garden, ref: "heads/sown" }));
  verdict();
});

test("a tag is one in the origin", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  const { git } = octokit.rest;
  const { data: main } = await git.getRef({ ...garden, ref: "heads/main" });
  const { data: tag } = await git.createTag({
    ...garden,
    tag: "spring",
    message: "The first",
    object: main.object.sha,
    type: "commit",
  });
  await git.createRef({ ...garden, ref: "refs/tags/spring", sha: tag.sha });
  assert.equal(await repository.git("cat-file", "-t", "spring"), "tag");
  assert.equal(await repository.git("rev-parse", "spring^{commit}"), main.object.sha);
  const { data: read } = await git.getTag({ ...garden, tag_sha: tag.sha });
  assert.deepEqual([read.tag, read.message, read.object.sha], ["spring", "The first", main.object.sha]);
  const { data: compared } = await octokit.rest.repos.compareCommitsWithBasehead({
    ...garden,
    basehead: "spring...beds/roses",
  });
  assert.equal(compared.ahead_by, 2);
  verdict();
});

test("what git would not take is refused", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  const { git } = octokit.rest;
  const sha = await repository.git("rev-parse", "main");
  const treeAt = await repository.git("rev-parse", "main^{tree}");
  for (const ref of [
    "main",
    "refs/heads/-x",
    "refs/heads/a..b",
    "refs/heads/a b",
    "refs/remotes/x",
    "refs/heads/x.lock",
    "refs/heads/",
  ]) {
    await refusal(422, () => git.createRef({ ...garden, ref, sha }));
  }
  for (const target of ["0".repeat(40), "main", treeAt, "--all"]) {
    await refusal(422, () => git.createRef({ ...garden, ref: "refs/heads/x", sha: target }));
  }
  for (const path of [".git/hooks/pre-push", "a/../b", "/a", "a//b", ".GIT/config", ""]) {
    await refusal(422, () =>
      git.createTree({ ...garden, tree: [{ path, mode: "100644", type: "blob", content: "x" }] }),
    );
  }
  await refusal(422, () =>
    git.createTree({ ...garden, tree: [{ path: "x", mode: "777", type: "blob", content: "x" }] }),
  );
  await refusal(422, () => git.createTree({ ...garden, base_tree: "0".repeat(40), tree: [] }));
  await refusal(422, () => git.createBlob({ ...garden, content: "%%%", encoding: "base64" }));
  await refusal(422, () => git.createCommit({ ...garden, message: "x", tree: sha }));
  await refusal(422, () => git.createCommit({ ...garden, message: "x", tree: treeAt, parents: [treeAt] }));
  for (const file_sha of ["0".repeat(40), sha]) await refusal(404, () => git.getBlob({ ...garden, file_sha }));
  await refusal(404, () => git.getCommit({ ...garden, commit_sha: treeAt }));
  assert.equal(await repository.git("for-each-ref", "--count=1", "refs/heads/x"), "");
  verdict();
});
