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

test("nothing was thrown in the tab", () => assert.deepEqual(tab.thrown, []));
