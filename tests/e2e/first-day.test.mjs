// A new user's path: open, start, watch, answer, read the diff, follow up, stop another one, come back; then git itself is
// asked what happened.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startLocalCloud } from "../harness/local-cloud.mjs";
import { createRepository } from "../harness/repository.mjs";
import { openPage } from "./page.mjs";

let repository;
let cloud;
let tab;

before(async () => {
  repository = await createRepository("garden");
  cloud = await startLocalCloud({ repositories: [repository.path] });
  tab = await openPage(cloud.url);
});
after(async () => {
  await tab?.close();
  await cloud?.stop();
  await repository?.remove();
});

test("the page offers the repository and holds it already", async () => {
  await tab.button("New session").first().click();
  await tab.holds(tab.repository, repository.name);
});

test("a session starts, asks, takes the answer and finishes with a diff", async () => {
  await tab.prompt.fill("Water the tulips, and ask me where");
  await tab.button("Start session").click();
  await tab.session.waitFor();
  await tab.activity.getByText("I am the demo agent").first().waitFor();

  await tab.question.waitFor();
  await tab.row("Water the tulips", "needs input").waitFor();
  await tab.question.getByRole("button", { name: "At the beginning" }).click();
  await tab.question.waitFor({ state: "detached" });

  await tab.row("Water the tulips", "(completed|idle)").waitFor();
  await tab.changes.getByText("DEMO.md").first().waitFor();
  await tab.changes.getByText("Water the tulips").first().waitFor();
});

test("a follow-up is another turn of the same session", async () => {
  await tab.message.fill("Now the roses as well");
  await tab.session.getByRole("button", { name: "Send", exact: true }).click();
  await tab.session.getByRole("heading", { name: /Now the roses as well/ }).waitFor();
  await tab.changes.getByText("Now the roses as well").first().waitFor();
  await tab.row("Water the tulips", "(completed|idle)").waitFor();
});

test("a running session is stopped", async () => {
  await tab.start("Dig a slow pond");
  await tab.session.getByRole("button", { name: "Stop", exact: true }).click();
  await tab.row("Dig a slow pond", "cancelled").waitFor();
});

test("after a reload both are there, and open with what was said", async () => {
  await tab.page.goto(cloud.url);
  await tab.row("Dig a slow pond", "cancelled").waitFor();
  const first = tab.row("Water the tulips", "(completed|idle)");
  await first.waitFor();
  await first.click();
  await tab.activity.getByText("I am the demo agent").first().waitFor();
  await tab.session.getByRole("heading", { name: /Now the roses as well/ }).waitFor();
});

test("the branch of the first holds both turns on top of main, and main is untouched", async () => {
  const branches = (await repository.git("for-each-ref", "--format=%(refname:short)", "refs/heads/cloud-agent/")).split(
    "\n",
  );
  const watered = branches.filter((branch) => branch.includes("water"));
  assert.equal(watered.length, 1, `one branch for one session: ${branches.join(", ")}`);
  const demo = await repository.git("show", `${watered[0]}:DEMO.md`);
  assert.match(demo, /Water the tulips/);
  assert.match(demo, /Now the roses as well/);
  const main = await repository.git("rev-parse", "main");
  assert.equal(await repository.git("merge-base", "main", watered[0]), main);
  assert.equal(await repository.git("rev-list", "--count", "main"), "1");
  assert.notEqual(await repository.git("rev-list", "--count", `main..${watered[0]}`), "0");
});

test("nothing was thrown in the tab", () => assert.deepEqual(tab.thrown, []));
