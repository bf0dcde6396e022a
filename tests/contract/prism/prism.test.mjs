// The core in Chromium against Prism, which serves GitHub's own description: every request of the core is judged by a
// program not written here, and every documented status of failure becomes an error that a person can act on.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { launchBrowser } from "../../harness/browser.mjs";
import { ROOT } from "../../harness/local-cloud.mjs";
import { serveFiles } from "../../harness/static.mjs";
import { cutDescription, failures, OPERATIONS } from "./description.mjs";
import { startMock } from "./prism.mjs";

const REPOSITORY = "octocat/Hello-World";
/** What a status means to a host, whichever operation it answers. */
const CODES = {
  400: "invalid",
  401: "unauthorized",
  403: "forbidden",
  404: "not-found",
  409: "conflict",
  422: "invalid",
  500: "provider",
  503: "provider",
};
/** In the page: a connection of its own for each call, with the list read first, as a host has it. */
const DRIVER = `
import init, { CloudAgents } from "/pkg/index.js";
await init();
const plain = (error) => ({ code: error.code, status: error.status, hint: error.hint, message: error.message });
const CHANGES = [
  { path: "file.rb", change: "modified", diff: "@@ -1 +1 @@\\n-Content of the blob\\n\\\\ No newline at end of file\\n+New\\n" },
  { path: "new.bin", change: "added", diff: "new file mode 100644\\nGIT binary patch\\nliteral 3\\nKcmZQz{0{&D1OWj6\\n\\n" },
];
const pushed = async (agents, from) => {
  const push = await agents.preparePush({ provider: "work", repository: "${REPOSITORY}", from, changes: CHANGES });
  return agents.start({ provider: "work", repository: "${REPOSITORY}", prompt: "Go on", push });
};
window.drive = async (baseUrl, call, spoil) => {
  const agents = new CloudAgents({ providers: [{ kind: "github", id: "work", baseUrl, token: async () => "pasted-token" }] });
  await agents.ready;
  const refresh = async () => {
    const { errors } = await agents.refresh({ force: true });
    if (errors.work) throw errors.work;
    return agents.sessions().rows(0, 10);
  };
  try {
    const rows = call === "refresh" ? [] : await refresh();
    const id = rows[0]?.id;
    if (spoil) await window.spoil();
    const calls = {
      refresh,
      repositories: () => agents.repositories("work"),
      options: () => agents.options("work", "${REPOSITORY}"),
      start: () =>
        agents.start({
          provider: "work",
          repository: "${REPOSITORY}",
          prompt: "Fix the login button",
          baseRef: "main",
          headRef: "copilot/fix-1",
          agent: "my-custom-agent",
          model: "claude-sonnet-4.6",
          createPullRequest: true,
        }),
      push: () => pushed(agents, "7638417db6d59f3c431d3e1f261cc637155684cd"),
      pushFromBranch: () => pushed(agents, "featureA"),
      session: () => agents.session(id),
      changes: () => agents.changes(id),
      cancel: () => agents.cancel(id),
    };
    return { value: await calls[call]() };
  } catch (error) {
    return { error: plain(error) };
  } finally {
    agents.free();
  }
};
document.title = "ready";
`;
/** Which call of the contract leads to which operation. */
const LEADS_TO = {
  "GET /agents/tasks": "refresh",
  "GET /agents/tasks/{task_id}": "session",
  "POST /agents/repos/{owner}/{repo}/tasks": "start",
  "GET /repos/{owner}/{repo}": "options",
  "GET /repos/{owner}/{repo}/branches": "options",
  "GET /repos/{owner}/{repo}/compare/{basehead}": "changes",
  "GET /repos/{owner}/{repo}/contents/{path}": "options",
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/files": "changes",
  "GET /user/repos": "repositories",
  "POST /repos/{owner}/{repo}/git/blobs": "push",
  "POST /repos/{owner}/{repo}/git/trees": "push",
};
/** A task with a pull request that can be resolved: the examples of the description lack its global id. */
const WITH_PULL_REQUEST = {
  id: "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
  state: "completed",
  created_at: "2025-01-01T00:00:00Z",
  updated_at: "2025-01-01T01:00:00Z",
  repository: { id: 1296269 },
  artifacts: [{ provider: "github", type: "pull", data: { id: 42, global_id: "PR_kwDOABPHjc4" } }],
};
const PULL_REQUEST = {
  __typename: "PullRequest",
  id: "PR_kwDOABPHjc4",
  fullDatabaseId: "42",
  number: 1347,
  url: "https://github.com/octocat/Hello-World/pull/1347",
  title: "Amazing new feature",
  state: "OPEN",
  isDraft: false,
  additions: 3,
  deletions: 1,
  headRefName: "copilot/fix-1",
  baseRefName: "main",
  reviewDecision: null,
  repository: { nameWithOwner: REPOSITORY },
  commits: { nodes: [] },
};

/** The same with a branch that has been pushed: its comparison must be there. */
const WITH_BRANCH = {
  ...WITH_PULL_REQUEST,
  artifacts: [{ provider: "github", type: "branch", data: { head_ref: "copilot/fix-1", base_ref: "main" } }],
};

let description;
let mock;
let site;
let browser;
let page;
/** What the next call meets once its list has been read. */
let spoil = () => undefined;

before(async () => {
  description = await cutDescription();
  mock = await startMock(description);
  site = await serveFiles({
    "/": {
      body: '<!doctype html><html lang="en"><script type="module" src="/driver.js"></script></html>',
      type: "text/html",
    },
    "/driver.js": { body: DRIVER, type: "text/javascript" },
    "/favicon.ico": { body: "", type: "image/x-icon" },
    "/pkg/": join(ROOT, "pkg"),
  });
  browser = await launchBrowser();
  page = await browser.newPage();
  await page.exposeFunction("spoil", () => spoil());
  await page.goto(site.url);
  await page.waitForFunction(() => document.title === "ready");
  mock.undescribed["GET /repositories/1296269"] = { id: 1296269, full_name: REPOSITORY };
  mock.undescribed["POST /graphql"] = { data: { nodes: [PULL_REQUEST] } };
});
after(async () => {
  await browser?.close();
  await site?.close();
  await mock?.stop();
});
afterEach(() => {
  mock.prefer = {};
  mock.instead = {};
});

function drive(call, operation, status) {
  spoil = () => {
    if (status) mock.prefer[operation] = status;
  };
  if (status && call === "refresh") spoil();
  return page.evaluate(([url, name, later]) => window.drive(url, name, later), [mock.url, call, status !== undefined]);
}

/** Has GitHub tell of this task. */
function tellOf(task) {
  mock.instead["GET /agents/tasks"] = { tasks: [task] };
  mock.instead["GET /agents/tasks/{task_id}"] = { ...task, sessions: [] };
}

test("the judge refuses what GitHub would refuse", async () => {
  const { status } = await fetch(`${mock.url}/agents/repos/octocat/Hello-World/tasks`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ create_pull_request: "yes" }),
  });
  assert.equal(status, 422);
  assert.match(mock.refused.splice(0).join(), /prompt/);
});

test("every call is accepted, and its answer understood", async (t) => {
  await t.test("the list", async () => {
    const { value, error } = await drive("refresh");
    assert.equal(error, undefined);
    assert.equal(value.length, 1);
    assert.equal(value[0].title, "Fix the login button on the homepage");
    assert.equal(value[0].status, "completed");
    assert.equal(value[0].repository?.toLowerCase(), "octocat/hello-world");
  });
  await t.test("a start with every field", async () => {
    const { value, error } = await drive("start");
    assert.equal(error, undefined);
    assert.equal(value.status, "queued");
    assert.notEqual(value.rawStatus, "outbox");
  });
  await t.test("a start from a branch that is pushed first", async () => {
    // The branch of an earlier try holds the same tree.
    mock.instead["POST /repos/{owner}/{repo}/git/trees"] = { sha: "691272480426f78a0138979dd3ce63b77f706feb" };
    const { value, error } = await drive("pushFromBranch");
    delete mock.instead["POST /repos/{owner}/{repo}/git/trees"];
    assert.equal(error, undefined);
    assert.match(value.baseRef, /^cloud-agents\/handoff-/);
  });
  await t.test("a branch that is not there after it was made starts nothing, and is taken away", async () => {
    const before = new Map(mock.asked);
    mock.prefer["GET /repos/{owner}/{repo}/git/ref/{ref}"] = 404;
    const { error } = await drive("push");
    delete mock.prefer["GET /repos/{owner}/{repo}/git/ref/{ref}"];
    assert.equal(error.code, "conflict");
    const times = (name) => (mock.asked.get(name) ?? 0) - (before.get(name) ?? 0);
    assert.equal(times("POST /agents/repos/{owner}/{repo}/tasks"), 0);
    assert.equal(times("POST /repos/{owner}/{repo}/git/refs"), 1);
    assert.equal(times("DELETE /repos/{owner}/{repo}/git/refs/{ref}"), 1);
  });
  await t.test("one session", async () => {
    const { value, error } = await drive("session");
    assert.equal(error, undefined);
    assert.equal(value.headRef, "copilot/fix-1");
    assert.equal(value.baseRef, "main");
    assert.equal(value.model, "claude-sonnet-4.6");
  });
  await t.test("what it changed, by its branch", async () => {
    const { value, error } = await drive("changes");
    assert.equal(error, undefined);
    assert.ok(value.length > 0);
  });
  await t.test("what it changed, by its pull request", async () => {
    tellOf(WITH_PULL_REQUEST);
    const { value, error } = await drive("changes");
    assert.equal(error, undefined);
    assert.ok(value.length > 0);
  });
  await t.test("what can be chosen", async () => {
    const { value, error } = await drive("options");
    assert.equal(error, undefined);
    assert.equal(value.branches.length > 0, true);
    assert.notEqual(value.defaultBranch, "");
  });
  await t.test("the repositories", async () => {
    const { value, error } = await drive("repositories");
    assert.equal(error, undefined);
    assert.ok(value.some(({ name }) => name.toLowerCase() === "octocat/hello-world"));
  });
  await t.test("stopping is not documented, so nothing is sent", async () => {
    const before = new Map(mock.asked);
    const { error } = await drive("cancel");
    assert.equal(error.code, "unsupported");
    assert.notEqual(error.hint, "");
    const grew = [...mock.asked].filter(([name, count]) => count !== before.get(name)).map(([name]) => name);
    assert.deepEqual(
      grew.filter((name) => !name.startsWith("GET")),
      [],
    );
  });
  assert.deepEqual(mock.refused, [], "Prism objects to nothing");
});

test("each documented failure becomes an error with a hint", async (t) => {
  for (const [operation, call] of Object.entries(LEADS_TO)) {
    for (const status of failures(description, operation)) {
      await t.test(`${operation} ${status}`, async () => {
        if (operation.endsWith("/files")) tellOf(WITH_PULL_REQUEST);
        if (operation.includes("/compare/")) tellOf(WITH_BRANCH);
        const { value, error } = await drive(call, operation, status);
        if (operation.includes("/contents/")) {
          // The agents' folder is a nicety: without it the other choices are still there, and a refusal is noted.
          assert.equal(error, undefined);
          assert.deepEqual(
            value.agents.filter(({ id }) => id === "my-custom-agent"),
            [],
          );
          if (status === 403)
            assert.ok(
              value.notes.some((note) => /custom agents/i.test(note)),
              value.notes.join(" / "),
            );
          return;
        }
        assert.ok(error, `an error, and not ${JSON.stringify(value)}`);
        assert.equal(error.code, CODES[status], error.message);
        assert.equal(error.status, status);
        assert.ok(error.hint.length > 10 && /[.!]$/.test(error.hint), `a sentence of advice: ${error.hint}`);
        assert.notEqual(error.message, "");
      });
    }
  }
  assert.deepEqual(mock.refused, [], "the failures were those that were asked for");
});

test("an address whose agent tasks are closed to pages is told apart from a network that is down", async () => {
  // The task calls are answered without CORS headers, as api.github.com does; the rest stays open.
  const elsewhere = await serveFiles({}, { headers: {} });
  try {
    const { error } = await page.evaluate(
      async ([baseUrl, agentsUrl]) => {
        const { CloudAgents } = await import("/pkg/index.js");
        const agents = new CloudAgents({ providers: [{ kind: "github", id: "work", baseUrl, agentsUrl, token: "t" }] });
        await agents.ready;
        const { errors } = await agents.refresh({ force: true });
        agents.free();
        return { error: errors.work };
      },
      [mock.url, `${elsewhere.url}/agents`],
    );
    assert.equal(error.code, "network");
    assert.match(error.hint, /agentsUrl/);
  } finally {
    await elsewhere.close();
  }
});

test("every operation of the cut was asked for", () => {
  assert.deepEqual(
    OPERATIONS.filter((operation) => !mock.asked.has(operation)),
    [],
  );
  assert.deepEqual(
    [...mock.asked.keys()].filter((name) => !OPERATIONS.includes(name)),
    [],
  );
});
