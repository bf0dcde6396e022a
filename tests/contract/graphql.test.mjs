// GraphQL: octokit asks, GitHub's public schema judges both the queries and the answers.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { buildSchema } from "graphql";
import { Octokit } from "octokit";
import { ROOT, startLocalCloud } from "../harness/local-cloud.mjs";
import { createGarden } from "./garden.mjs";
import { answerComplaints, differences, queryComplaints } from "./graphql.mjs";

let repository;
let cloud;
let octokit;
let pull;

before(async () => {
  repository = await createGarden();
  cloud = await startLocalCloud({ repositories: [repository.path], page: undefined });
  octokit = new Octokit({
    auth: cloud.token,
    baseUrl: cloud.api,
    throttle: { enabled: false },
    retry: { enabled: false },
  });
  const garden = { owner: "local", repo: "garden" };
  ({ data: pull } = await octokit.rest.pulls.create({
    ...garden,
    title: "Roses",
    head: "beds/roses",
    base: "main",
    draft: true,
  }));
  await octokit.rest.pulls.createReview({ ...garden, pull_number: pull.number, event: "APPROVE" });
});
after(async () => {
  await cloud?.stop();
  await repository?.remove();
});

/** Asks; both the query and the answer must be right by GitHub's schema. */
async function ask(query, variables = {}) {
  assert.deepEqual(queryComplaints(query), []);
  const data = await octokit.graphql(query, variables);
  assert.deepEqual(answerComplaints(query, variables, data), []);
  return data;
}

/** The errors of a query, and the data beside them. */
async function refused(query, variables) {
  const response = await cloud.call("/graphql", { method: "POST", body: JSON.stringify({ query, variables }) });
  assert.equal(response.status, 200);
  const { errors, data } = await response.json();
  return { errors: errors ?? [], data };
}

test("what is served is a part of what GitHub publishes", async () => {
  const served = await readFile(new URL("src/local/api/graphql/schema.graphql", `file://${ROOT}`), "utf8");
  assert.deepEqual(differences(buildSchema(served)), []);
});

test("every field of every type that is served is answered as GitHub would", async () => {
  const data = await ask(`{
    viewer { __typename avatarUrl(size: 40) databaseId id login name url }
    rateLimit { cost limit nodeCount remaining resetAt used }
    repository(owner: "local", name: "garden") {
      databaseId id isPrivate name nameWithOwner url
      owner { __typename avatarUrl id login url }
      defaultBranchRef { id name prefix target { __typename id oid ... on Commit { message } } }
      pullRequest(number: 1) {
        additions author { __typename login url avatarUrl } baseRefName baseRefOid body changedFiles closed closedAt
        commits(first: 10) {
          totalCount
          nodes { id url commit { committedDate id message messageHeadline oid statusCheckRollup { id state } url } }
        }
        createdAt databaseId deletions headRefName headRefOid id isDraft mergeable merged mergedAt number permalink
        repository { nameWithOwner } reviewDecision state title updatedAt url
      }
      pullRequests(last: 5, states: [OPEN], headRefName: "beds/roses") { totalCount nodes { number } }
      none: pullRequests(first: 5, states: [MERGED, CLOSED]) { totalCount nodes { number } }
    }
  }`);
  const { pullRequest } = data.repository;
  assert.deepEqual(
    [pullRequest.state, pullRequest.isDraft, pullRequest.additions, pullRequest.deletions, pullRequest.changedFiles],
    ["OPEN", true, 4, 2, 6],
  );
  assert.deepEqual([pullRequest.reviewDecision, pullRequest.mergeable], ["APPROVED", "MERGEABLE"]);
  assert.deepEqual(
    pullRequest.commits.nodes.map(({ commit }) => commit.oid),
    (await repository.git("rev-list", "--reverse", "main..beds/roses")).split("\n"),
  );
  assert.equal(data.repository.defaultBranchRef.target.oid, await repository.git("rev-parse", "main"));
  assert.deepEqual(data.repository.pullRequests, { totalCount: 1, nodes: [{ number: 1 }] });
  assert.deepEqual(data.repository.none, { totalCount: 0, nodes: [] });
});

test("pull requests are found by their ids in one call, by variables, aliases and fragments", async () => {
  const query = `query pulls($ids: [ID!]!, $skipped: Boolean = true) {
    nodes(ids: $ids) { __typename id ...facts }
    other: node(id: "${pull.node_id}") { __typename ... on PullRequest { n: number number } ... on Repository { name } }
  }
  fragment facts on PullRequest {
    databaseId number title url state isDraft additions deletions reviewDecision
    body @skip(if: $skipped)
    commits(last: 1) { nodes { commit { oid statusCheckRollup { state } } } }
  }`;
  const data = await ask(query, { ids: [pull.node_id] });
  assert.equal(data.nodes[0].databaseId, pull.id);
  assert.equal(data.nodes[0].commits.nodes[0].commit.oid, pull.head.sha);
  assert.equal("body" in data.nodes[0], false);
  assert.deepEqual(data.other, { __typename: "PullRequest", n: 1, number: 1 });
});

test("every id that is given out leads back to what it names", async () => {
  const { repository: found, viewer } = await ask(
    `{ viewer { id } repository(owner: "local", name: "garden") { id defaultBranchRef { id target { __typename id } } } }`,
  );
  const ids = [viewer.id, found.id, found.defaultBranchRef.id, found.defaultBranchRef.target.id, pull.node_id];
  const { nodes } = await ask("query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", { ids });
  assert.deepEqual(
    nodes.map((node) => node.__typename),
    ["User", "Repository", "Ref", "Commit", "PullRequest"],
  );
  assert.deepEqual(
    nodes.map((node) => node.id),
    ids,
  );
});

test("an id that leads nowhere costs only itself", async () => {
  const query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
  const { errors, data } = await refused(query, { ids: ["PR_nobody", pull.node_id, ""] });
  assert.deepEqual(
    data.nodes.map((node) => node?.id ?? null),
    [null, pull.node_id, null],
  );
  assert.deepEqual(
    errors.map(({ type, path }) => [type, path]),
    [
      ["NOT_FOUND", ["nodes", 0]],
      ["NOT_FOUND", ["nodes", 2]],
    ],
  );
  const missing = await refused(`{ repository(owner: "local", name: "desert") { id } }`);
  assert.deepEqual(missing.data, { repository: null });
  assert.equal(missing.errors[0].message, "Could not resolve to a Repository with the name 'local/desert'.");
});

test("a wrong query is an error with its place, never a crash", async () => {
  for (const [query, variables, message] of [
    ["{ viewer { surname } }", {}, /^Field 'surname' doesn't exist on type 'User'$/],
    ["{ viewer { login", {}, /arse error/],
    ["", {}, /./],
    ["{ viewer }", {}, /must have selections/],
    [
      "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
      {},
      /^Variable \$ids of type \[ID!\]! was provided invalid value$/,
    ],
    ["query($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids: [{}] }, /provided invalid value/],
    ['mutation { addStar(input: {starrableId: "x"}) { clientMutationId } }', {}, /not configured for mutations/],
    [`{ repository(owner: "local", name: "garden") { pullRequests { totalCount } } }`, {}, /`first` or `last`/],
    ["query($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids: Array(101).fill("x") }, /more than 100 node ids/],
    [`${"{ viewer ".repeat(5000)}${"}".repeat(5000)}`, {}, /./],
  ]) {
    const { errors } = await refused(query, variables);
    assert.match(errors[0]?.message ?? "none", message, query.slice(0, 80));
  }
  const response = await cloud.call("/graphql", { method: "POST", body: "{}" });
  assert.equal(response.status, 400);
});
