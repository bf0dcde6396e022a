// A pull request's whole life with octokit: opened, discussed, reviewed, merged, and checked with git at its origin.
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

/** A branch of its own, `count` commits ahead of main, each with a file of its own. */
async function branchAhead(name, count = 1) {
  await repository.inWork("fetch", "--quiet", "origin");
  await repository.inWork("push", "--quiet", "origin", `origin/main:refs/heads/${name}`);
  for (let index = 1; index <= count; index++) {
    const file = `${name.replaceAll("/", "-")}-${index}.txt`;
    await repository.pushFile(name, file, `${file}\n`, `Add ${file}\n\nPart ${index}.`);
  }
}

async function open(octokit, head, more = {}) {
  // The cloud looks at its origins every two seconds.
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      return (await octokit.rest.pulls.create({ ...garden, title: `Bring ${head}`, head, base: "main", ...more })).data;
    } catch (error) {
      const late = Date.now() > deadline;
      if (late || error.status !== 422 || !/There is no branch|No commits/.test(JSON.stringify(error.response.data)))
        throw error;
    }
  }
}

test("from the branch to the merge commit", async () => {
  const { octokit, verdict, asked } = createClient(cloud, description);
  const pull = await open(octokit, "beds/roses", { title: "Roses", body: "They **smell**." });
  const at = { ...garden, pull_number: pull.number };
  assert.deepEqual(
    [pull.state, pull.merged, pull.mergeable, pull.commits, pull.changed_files, pull.additions, pull.deletions],
    ["open", false, true, 2, 6, 4, 2],
  );
  assert.equal(pull.head.sha, await repository.git("rev-parse", "beds/roses"));
  assert.equal(pull.base.sha, await repository.git("rev-parse", "main"));

  const twice = await refusal(422, () =>
    octokit.rest.pulls.create({ ...garden, title: "Again", head: "local:beds/roses", base: "main" }),
  );
  assert.match(twice.response.data.errors[0].message, /already exists/);

  const { data: listed } = await octokit.rest.pulls.list({ ...garden, head: "local:beds/roses" });
  assert.deepEqual(
    listed.map(({ id }) => id),
    [pull.id],
  );
  const { data: files } = await octokit.rest.pulls.listFiles(at);
  assert.equal(files.length, 6);
  const firstPage = await octokit.rest.pulls.listFiles({ ...at, per_page: 4 });
  assert.match(firstPage.headers.link, /page=2.*rel="next"/);
  assert.equal(firstPage.data.length, 4);
  const { data: commits } = await octokit.rest.pulls.listCommits(at);
  assert.deepEqual(
    commits.map(({ sha }) => sha),
    (await repository.git("rev-list", "--reverse", "main..beds/roses")).split("\n"),
  );
  const { data: diff } = await octokit.rest.pulls.get({ ...at, mediaType: { format: "diff" } });
  assert.equal(`${diff}`.trimEnd(), await repository.git("diff", "--find-renames", "main...beds/roses"));

  const { data: edited } = await octokit.rest.pulls.update({ ...at, title: "Red roses", body: "" });
  assert.deepEqual([edited.title, edited.body], ["Red roses", null]);

  // People speak.
  const issue = { ...garden, issue_number: pull.number };
  await octokit.rest.issues.createComment({ ...issue, body: "Nice." });
  const { data: said } = await octokit.rest.issues.listComments(issue);
  assert.deepEqual(
    said.map(({ body }) => body),
    ["Nice."],
  );
  assert.equal((await octokit.rest.issues.getComment({ ...garden, comment_id: said[0].id })).data.body, "Nice.");
  const place = { ...at, commit_id: pull.head.sha, path: "plan/beds.txt" };
  const { data: comment } = await octokit.rest.pulls.createReviewComment({
    ...place,
    line: 3,
    side: "RIGHT",
    body: "Why here?",
  });
  assert.match(comment.diff_hunk, /^@@ .*\n bed 1\n bed 2\n-bed 3\n\+roses$/);
  const { data: reply } = await octokit.rest.pulls.createReplyForReviewComment({
    ...at,
    comment_id: comment.id,
    body: "Sun.",
  });
  assert.equal(reply.in_reply_to_id, comment.id);
  await refusal(422, () => octokit.rest.pulls.createReviewComment({ ...place, line: 20, body: "outside" }));
  await refusal(422, () =>
    octokit.rest.pulls.createReviewComment({ ...place, path: "nothing", line: 1, body: "outside" }),
  );
  const { data: review } = await octokit.rest.pulls.createReview({
    ...at,
    event: "REQUEST_CHANGES",
    body: "Not yet",
    comments: [{ path: "τριαντάφυλλα.txt", line: 1, body: "Lovely." }],
  });
  assert.equal(review.state, "CHANGES_REQUESTED");
  await octokit.rest.pulls.createReview({ ...at, event: "APPROVE" });
  const { data: reviews } = await octokit.rest.pulls.listReviews(at);
  assert.deepEqual(
    reviews.map(({ state }) => state),
    ["CHANGES_REQUESTED", "APPROVED"],
  );
  const { data: comments } = await octokit.rest.pulls.listReviewComments(at);
  assert.deepEqual(
    comments.map(({ body }) => body),
    ["Why here?", "Sun.", "Lovely."],
  );
  const { data: counted } = await octokit.rest.pulls.get(at);
  assert.deepEqual([counted.comments, counted.review_comments], [1, 3]);

  // And then they merge.
  await refusal(404, () => octokit.rest.pulls.checkIfMerged(at));
  const moved = await refusal(409, () => octokit.rest.pulls.merge({ ...at, sha: "0".repeat(40) }));
  assert.match(moved.message, /Head branch was modified/);
  const before = await repository.git("rev-parse", "main");
  const { data: merged } = await octokit.rest.pulls.merge({ ...at, sha: pull.head.sha });
  assert.equal(merged.sha, await repository.git("rev-parse", "main"));
  assert.equal(await repository.git("log", "-1", "--format=%P", "main"), `${before} ${pull.head.sha}`);
  assert.match(
    await repository.git("log", "-1", "--format=%B", "main"),
    /^Merge pull request #1 from local\/beds\/roses\n\nRed roses$/,
  );
  assert.equal(
    await repository.git("show", "main:plan/new name.txt"),
    await repository.git("show", "beds/roses:plan/new name.txt"),
  );
  assert.equal((await octokit.rest.pulls.checkIfMerged(at)).status, 204);
  const { data: after } = await octokit.rest.pulls.get(at);
  assert.deepEqual(
    [after.state, after.merged, after.merge_commit_sha, after.changed_files, after.commits],
    ["closed", true, merged.sha, 6, 2],
  );
  await refusal(405, () => octokit.rest.pulls.merge(at));
  await refusal(422, () => octokit.rest.pulls.update({ ...at, state: "open" }));
  assert.ok(asked.size > 20);
  verdict();
});

test("squashed, it is one commit", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  await branchAhead("squash", 2);
  const pull = await open(octokit, "squash");
  const before = await repository.git("rev-parse", "main");
  const { data } = await octokit.rest.pulls.merge({ ...garden, pull_number: pull.number, merge_method: "squash" });
  assert.equal(await repository.git("log", "-1", "--format=%H %P", "main"), `${data.sha} ${before}`);
  const message = await repository.git("log", "-1", "--format=%B", "main");
  assert.ok(message.startsWith(`Bring squash (#${pull.number})\n\n* Add squash-1.txt`), message);
  assert.equal(await repository.git("show", "main:squash-2.txt"), "squash-2.txt");
  verdict();
});

test("rebased, its commits come one by one after those of the base", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  await branchAhead("replay", 2);
  await branchAhead("other", 1);
  const other = await open(octokit, "other");
  await octokit.rest.pulls.merge({ ...garden, pull_number: other.number });
  const before = await repository.git("rev-parse", "main");
  const pull = await open(octokit, "replay");
  const { data } = await octokit.rest.pulls.merge({ ...garden, pull_number: pull.number, merge_method: "rebase" });
  assert.equal(data.sha, await repository.git("rev-parse", "main"));
  assert.equal(
    await repository.git("log", "--reverse", "--format=%s by %an", `${before}..main`),
    "Add replay-1.txt by Ada\nAdd replay-2.txt by Ada",
  );
  assert.equal(await repository.git("rev-list", "--merges", "--count", `${before}..main`), "0");
  assert.equal(await repository.git("show", "main:other-1.txt"), "other-1.txt");
  verdict();
});

test("what conflicts is not merged, and says so", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  await repository.pushFile("main", "README.md", "# Orchard\n\nWhat grows where.\n", "Grow trees");
  const pull = await open(octokit, "beds/nettles");
  const at = { ...garden, pull_number: pull.number };
  const deadline = Date.now() + 60_000;
  while ((await octokit.rest.pulls.get(at)).data.mergeable_state !== "dirty") assert.ok(Date.now() < deadline);
  const before = await repository.git("rev-parse", "main");
  for (const merge_method of ["merge", "squash", "rebase"]) {
    await refusal(405, () => octokit.rest.pulls.merge({ ...at, merge_method }));
  }
  assert.equal(await repository.git("rev-parse", "main"), before);
  const { data: closed } = await octokit.rest.pulls.update({ ...at, state: "closed" });
  assert.deepEqual([closed.state, closed.merged], ["closed", false]);
  const { data: reopened } = await octokit.rest.pulls.update({ ...at, state: "open" });
  assert.equal(reopened.state, "open");
  verdict();
});

test("a draft waits, and what came in by another way counts as merged", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  await branchAhead("draft");
  const pull = await open(octokit, "draft", { draft: true });
  const at = { ...garden, pull_number: pull.number };
  assert.equal(pull.draft, true);
  await refusal(405, () => octokit.rest.pulls.merge(at));
  await repository.inWork("fetch", "--quiet", "origin");
  await repository.inWork("checkout", "--quiet", "-B", "main", "origin/main");
  await repository.inWork("merge", "--quiet", "--no-ff", "--message=By hand", "origin/draft");
  await repository.inWork("push", "--quiet", "origin", "main");
  const deadline = Date.now() + 60_000;
  while (!(await octokit.rest.pulls.get(at)).data.merged) assert.ok(Date.now() < deadline);
  verdict();
});

test("what makes no pull request is refused in GitHub's shape", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  const create = (fields) =>
    octokit.rest.pulls.create({ ...garden, title: "x", head: "beds/nettles", base: "main", ...fields });
  for (const fields of [
    { head: "nowhere" },
    { base: "nowhere" },
    { head: "main" },
    { title: "" },
    { head: "--help" },
    { title: "x".repeat(300) },
  ]) {
    const { response } = await refusal(422, () => create(fields));
    assert.equal(response.data.message, "Validation Failed", JSON.stringify(fields));
  }
  await refusal(404, () => octokit.rest.pulls.get({ ...garden, pull_number: 999 }));
  verdict();
});
