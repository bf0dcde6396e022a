// A chat from another tool is handed over in the page: pasted, shown with what leaves, started; and what the agent got is
// asked of git.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startLocalCloud } from "../harness/local-cloud.mjs";
import { createRepository } from "../harness/repository.mjs";
import { openPage } from "./page.mjs";

// Made of two pieces, so that no scanner takes this file for a leak.
const TOKEN = `ghp_${"a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"}`;
const CHAT = JSON.stringify([
  { role: "user", content: `Plant a hedge around the pond. Never cut the old oak. My token is ${TOKEN}.` },
  { role: "assistant", content: "I planted the north side; the south side is left." },
]);

let repository;
let cloud;
let tab;
let preview;
/** What the page asked of servers since the start: address and body. */
const sent = [];

before(async () => {
  repository = await createRepository("park");
  cloud = await startLocalCloud({ repositories: [repository.path] });
  tab = await openPage(cloud.url);
  preview = tab.page.getByRole("region", { name: "Handoff preview" });
});
after(async () => {
  await tab?.close();
  await cloud?.stop();
  await repository?.remove();
});

/** The wasm modules that a tab asks for from now on. */
function modulesOf({ page }) {
  const modules = [];
  page.on("request", (request) => {
    const [, module] = /cloud_agents(?:_(\w+?))?_bg\b.*\.wasm$/.exec(request.url()) ?? [];
    if (request.url().endsWith(".wasm")) modules.push(module ?? "engine");
  });
  return modules;
}

test("what was pasted is read, and the secret in it is masked before anything leaves", async () => {
  await tab.button("Hand off").click();
  await tab.page.getByPlaceholder("Or paste it here").fill(CHAT);
  await preview.waitFor();
  await preview.getByText("Never cut the old oak").first().waitFor();
  await preview.getByText(/‹.*1›/).first().waitFor();
  assert.equal((await preview.innerText()).includes(TOKEN), false);
});

test("the task can be said anew, and the session starts from the brief that was shown", async () => {
  await tab.holds(tab.repository, repository.name);
  tab.page.on("request", (request) => sent.push(`${request.url()} ${request.postData() ?? ""}`));
  await tab.prompt.fill(`Plant the south side, ${TOKEN} opens the gate`);
  await preview.getByText("Plant the south side").first().waitFor();
  await tab.button("Start session").click();
  await tab.session.waitFor();
  await tab.row("Plant the south side", "(completed|idle)").waitFor();
});

test("the agent got the task, what the person wants, and no secret", async () => {
  const branches = await repository.git("for-each-ref", "--format=%(refname:short)", "refs/heads/cloud-agent/");
  assert.equal(branches.split("\n").length, 1, branches);
  const said = await tab.session.innerText();
  assert.match(said, /Plant the south side/);
  assert.equal(said.includes(TOKEN), false);
  assert.ok(sent.some((request) => request.includes("Plant the south side")));
  assert.deepEqual(
    sent.filter((request) => request.includes(TOKEN)),
    [],
    "no request of the page holds it, the one that names the session included",
  );
});

test("a link opens what it holds as somebody else's words, starts nothing, and leaves the address", async () => {
  await tab.page.goto(cloud.url);
  await tab.button("Hand off").click();
  await tab.page.getByPlaceholder("Or paste it here").fill(CHAT);
  await preview.waitFor();
  const link = await tab.page.evaluate(async () => {
    let copied = "";
    navigator.clipboard.writeText = async (text) => {
      copied = text;
    };
    window.copiedLink = () => copied;
    return copied;
  });
  assert.equal(link, "");
  await tab.button("Copy link").click();
  await tab.page.waitForFunction(() => window.copiedLink() !== "");
  const address = await tab.page.evaluate(() => window.copiedLink());
  assert.match(address, /#bundle=/);
  await tab.page.goto("about:blank");
  const loaded = modulesOf(tab);
  await tab.page.goto(address);
  await preview.waitFor();
  assert.deepEqual(loaded.sort(), ["engine", "handoff"], "a link needs no reader of transcripts");
  assert.equal(new URL(tab.page.url()).hash.includes("bundle"), false);
  assert.equal(await tab.button("Start session").isDisabled(), true, "foreign words start nothing");
});

test("a session is handed over without what reads transcripts, which a pasted chat loads", async () => {
  await tab.page.goto("about:blank");
  const loaded = modulesOf(tab);
  await tab.page.goto(cloud.url);
  await tab.row("Plant the south side").click();
  await tab.session.waitFor();
  assert.deepEqual(loaded, ["engine"], "whoever only looks loads nothing else");
  await tab.session.getByRole("button", { name: "Hand off", exact: true }).click();
  await preview.waitFor();
  assert.deepEqual(loaded, ["engine", "handoff"]);
  await tab.page.goto(cloud.url);
  await tab.button("Hand off").click();
  await tab.page.getByPlaceholder("Or paste it here").fill(CHAT);
  await preview.waitFor();
  assert.equal(loaded.at(-1), "readers");
});

test("what is not committed is pushed to a branch of its own, and the agent begins there", async () => {
  await repository.write("gate.txt", "open\n");
  await repository.desk("add", "gate.txt");
  await repository.desk("commit", "-qm", "A gate");
  await repository.desk("push", "-q", repository.path, "main");
  const base = await repository.desk("rev-parse", "HEAD");
  await repository.write("gate.txt", "closed\n");
  await repository.write("bench.txt", "by the pond\n");
  await repository.desk("add", "--intent-to-add", "bench.txt");
  const diff = `${await repository.desk("diff", "--binary", "HEAD")}\n`;
  await tab.page.goto(cloud.url);
  await tab.button("Hand off").click();
  await tab.page.getByPlaceholder("Or paste it here").fill(CHAT);
  await preview.waitFor();
  await tab.holds(tab.repository, repository.name);
  await preview.getByRole("button", { name: "Add changes…" }).click();
  await preview.getByRole("textbox", { name: "Changes as a diff" }).fill("no diff at all");
  await preview.getByRole("button", { name: "Add changes", exact: true }).click();
  await preview.getByRole("alert").filter({ hasText: "There is no unified diff in this text." }).waitFor();
  await preview.getByRole("textbox", { name: "Changes as a diff" }).fill(diff);
  await preview.getByRole("button", { name: "Add changes", exact: true }).click();
  const branch = preview.getByText(/^cloud-agents\/handoff-[a-z2-7]{16}$/).first();
  await branch.waitFor();
  const name = await branch.innerText();
  await preview.getByText(base.slice(0, 7)).first().waitFor();
  await preview.getByRole("group", { name: "Text of the brief" }).getByText(name).waitFor();
  assert.equal(await repository.git("branch", "--list", "cloud-agents/*"), "", "nothing is pushed before the start");
  await tab.prompt.fill("Paint the gate");
  await tab.button("Start session").click();
  await tab.session.waitFor();
  await tab.row("Paint the gate", "(completed|idle)").waitFor();
  const pushed = await repository.git("rev-parse", name);
  assert.equal(await repository.git("rev-parse", `${pushed}^`), base);
  assert.equal(await repository.git("show", `${pushed}:gate.txt`), "closed");
  assert.equal(await repository.git("show", `${pushed}:bench.txt`), "by the pond");
  const made = await repository.git(
    "for-each-ref",
    "--format=%(refname:short)",
    "--contains",
    pushed,
    "refs/heads/cloud-agent/",
  );
  assert.match(made, /^cloud-agent\/\S+$/, "the agent's branch stands on it");
  await tab.session.getByText(pushed).first().waitFor();
});

test("secrets in what would be pushed are confirmed first, and a diff that does not fit goes into the brief", async () => {
  const token = TOKEN;
  const diff = (old) =>
    `diff --git a/gate.txt b/gate.txt\n--- a/gate.txt\n+++ b/gate.txt\n@@ -1 +1 @@\n-${old}\n+key ${token}\n`;
  await tab.page.goto(cloud.url);
  await tab.button("Hand off").click();
  await tab.page.getByPlaceholder("Or paste it here").fill(diff("open"));
  await preview.waitFor();
  await tab.prompt.fill("Look at the key");
  await tab.holds(tab.repository, repository.name);
  const secrets = preview.getByRole("group", { name: "Secrets in the changes" });
  await secrets.getByText("GitHub token").waitFor();
  assert.equal(await tab.button("Start session").isDisabled(), true);
  await preview.getByText("Confirm the secrets in the changes first.").waitFor();
  await preview.getByRole("radio", { name: /In the brief/ }).check();
  await preview.getByRole("group", { name: "Text of the brief" }).getByText("‹GitHub token 1›").first().waitFor();
  assert.equal((await preview.innerText()).includes(token), false, "it is masked in what is shown too");
  await tab.page.goto(cloud.url);
  await tab.button("Hand off").click();
  await tab.page.getByPlaceholder("Or paste it here").fill(diff("shut"));
  await preview.waitFor();
  await tab.holds(tab.repository, repository.name);
  await preview.getByText("The changes cannot be pushed, so they go into the brief").waitFor();
  assert.equal(await preview.getByRole("radio", { name: /In the brief/ }).isChecked(), true);
});

test("nothing was thrown in the tab", () => assert.deepEqual(tab.thrown, []));
