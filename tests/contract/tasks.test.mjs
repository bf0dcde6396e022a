// The agent tasks: GitHub's five operations judged by its description, and a whole day of a person who uses octokit.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startLocalCloud } from "../harness/local-cloud.mjs";
import { createClient, refusal } from "./client.mjs";
import { createGarden } from "./garden.mjs";
import { readDescription } from "./openapi.mjs";

const garden = { owner: "local", repo: "garden" };
const SETTLED = ["idle", "completed", "failed", "cancelled", "timed_out"];
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

const start = async (octokit, body) =>
  (await octokit.request("POST /agents/repos/{owner}/{repo}/tasks", { ...garden, create_pull_request: false, ...body }))
    .data;

/** Polls a task until it is in one of `states`. */
async function until(octokit, id, states) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { data } = await octokit.request("GET /agents/tasks/{task_id}", { task_id: id });
    if (states.includes(data.state)) return data;
    assert.ok(Date.now() < deadline, `the task is still ${data.state}`);
  }
}

test("a person starts a task, reads its branch, opens a pull request, reviews it and merges it", async () => {
  const { octokit, verdict, asked } = createClient(cloud, description);
  const { data: me } = await octokit.rest.users.getAuthenticated();
  const created = await start(octokit, { prompt: "Write about tulips", base_ref: "main" });
  assert.equal(created.creator.id, me.id);
  const done = await until(octokit, created.id, SETTLED);
  assert.ok(["completed", "idle"].includes(done.state), JSON.stringify(done));
  assert.equal(done.sessions.length, 1);
  assert.equal(done.sessions[0].prompt, "Write about tulips");
  const { data: named } = await octokit.request("GET /agents/repos/{owner}/{repo}/tasks/{task_id}", {
    ...garden,
    task_id: created.id,
  });
  assert.equal(named.id, created.id);

  const branch = done.artifacts.find(({ type }) => type === "branch").data;
  assert.equal(branch.base_ref, "main");
  const tip = await repository.git("rev-parse", branch.head_ref);
  assert.equal(await repository.git("merge-base", "main", tip), await repository.git("rev-parse", "main"));
  const { data: compared } = await octokit.rest.repos.compareCommitsWithBasehead({
    ...garden,
    basehead: `main...${branch.head_ref}`,
  });
  assert.deepEqual(
    compared.files.map(({ filename, status }) => [filename, status]),
    [["DEMO.md", "added"]],
  );

  const { data: pull } = await octokit.rest.pulls.create({
    ...garden,
    title: "Tulips",
    head: branch.head_ref,
    base: "main",
  });
  const at = { ...garden, pull_number: pull.number };
  await octokit.rest.pulls.createReview({ ...at, event: "APPROVE", body: "Good." });
  await octokit.rest.issues.createComment({ ...garden, issue_number: pull.number, body: "Merging." });
  const { data: merged } = await octokit.rest.pulls.merge({ ...at, sha: tip });
  assert.equal(await repository.git("rev-parse", "main"), merged.sha);
  assert.match(await repository.git("show", "main:DEMO.md"), /\S/);
  assert.ok([...asked].includes("POST /agents/repos/{owner}/{repo}/tasks 201"));
  verdict();
});

test("a task with a pull request names it, and GraphQL knows it by that name", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  const created = await start(octokit, { prompt: "Write about crocuses", create_pull_request: true });
  const done = await until(octokit, created.id, SETTLED);
  const { data } = done.artifacts.find(({ type }) => type === "pull");
  const { node } = await octokit.graphql(
    "query($id: ID!) { node(id: $id) { ... on PullRequest { databaseId number state changedFiles headRefName } } }",
    { id: data.global_id },
  );
  assert.equal(node.databaseId, data.id);
  assert.deepEqual([node.state, node.changedFiles, node.headRefName], ["OPEN", 1, done.sessions[0].head_ref]);
  const { data: pull } = await octokit.rest.pulls.get({ ...garden, pull_number: node.number });
  assert.deepEqual([pull.id, pull.node_id], [data.id, data.global_id]);
  verdict();
});

test("lists are filtered, sorted and paged as described", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  const ids = [];
  for (const prompt of ["first", "second", "third"]) ids.push((await start(octokit, { prompt })).id);
  for (const id of ids) await until(octokit, id, SETTLED);
  const list = async (query) =>
    (await octokit.request("GET /agents/repos/{owner}/{repo}/tasks", { ...garden, ...query })).data.tasks;
  const created = (await list({ sort: "created_at", direction: "asc" })).map(({ id }) => id);
  assert.deepEqual(
    created.filter((id) => ids.includes(id)),
    ids,
  );
  assert.deepEqual(
    (await list({ sort: "created_at", direction: "desc" })).map(({ id }) => id),
    created.toReversed(),
  );
  const page = await octokit.request("GET /agents/tasks", { per_page: 2 });
  assert.equal(page.data.tasks.length, 2);
  assert.match(page.headers.link, /rel="next"/);
  assert.deepEqual(await list({ state: "queued,in_progress" }), []);
  assert.deepEqual(await list({ since: "2999-01-01T00:00:00Z" }), []);
  assert.deepEqual(await list({ is_archived: true }), []);
  await octokit.request("POST /agents/tasks/{task_id}/archive", { task_id: ids[0] });
  assert.deepEqual(
    (await list({ is_archived: true })).map(({ id }) => id),
    [ids[0]],
  );
  assert.equal(
    (await list({})).some(({ id }) => id === ids[0]),
    false,
  );
  verdict();
});

test("what is wrong is refused in GitHub's shape", async () => {
  const { octokit, verdict } = createClient(cloud, description);
  for (const body of [
    {},
    { prompt: "" },
    { prompt: 7 },
    { prompt: "x", base_ref: "nowhere" },
    { prompt: "x", base_ref: "--help" },
  ]) {
    await refusal(422, () => start(octokit, body));
  }
  await refusal(422, () => octokit.request("GET /agents/tasks", { state: "asleep" }));
  await refusal(422, () => octokit.request("GET /agents/tasks", { per_page: 1000 }));
  await refusal(404, () =>
    octokit.request("GET /agents/tasks/{task_id}", { task_id: "00000000-0000-4000-8000-000000000000" }),
  );
  const stranger = createClient(cloud, description, "wrong");
  await refusal(401, () => stranger.octokit.request("GET /agents/tasks"));
  stranger.verdict();
  verdict();
});
