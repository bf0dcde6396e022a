// octokit, GitHub's own client, pointed at a local cloud: every answer that it gets is held against the description.
import assert from "node:assert/strict";
import { Octokit } from "octokit";

/** What the clients use and GitHub does not describe: each has checks of its own. */
const UNDESCRIBED = ["/repositories/{id}", "/graphql", "/agents/tasks/{task_id}/archive"];

/**
 * A client of `cloud`. Each answer to an operation of the description is judged as it comes; `verdict()` fails with all
 * that was found, and `asked` collects "GET /path/{template} 200".
 */
export function createClient(cloud, description, token = cloud.token) {
  const octokit = new Octokit({
    auth: token,
    baseUrl: cloud.api,
    // Errors are part of what is tested: none is tried again.
    throttle: { enabled: false },
    retry: { enabled: false },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const asked = new Set();
  const complaints = [];
  const judge = (options, response) => {
    const known = options.url.startsWith(cloud.api)
      ? description.template(new URL(options.url).pathname.replace("/api", ""))
      : options.url;
    asked.add(`${options.method} ${known} ${response.status}`);
    if (!UNDESCRIBED.includes(known)) complaints.push(...description.complaints(options.method, known, response));
  };
  octokit.hook.after("request", (response, options) => judge(options, response));
  octokit.hook.error("request", (error, options) => {
    if (error.response) judge(options, error.response);
    throw error;
  });
  return {
    octokit,
    asked,
    verdict() {
      assert.deepEqual([...new Set(complaints)], []);
      assert.notEqual(asked.size, 0, "nothing was asked");
    },
  };
}

/** The error that `call` ends with; its status must be `status`. */
export async function refusal(status, call) {
  try {
    await call();
  } catch (error) {
    assert.equal(error.status, status, error.message);
    return error;
  }
  assert.fail(`was answered, and should have been refused with ${status}`);
}
