import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { called, callsOf, openStage, row } from "./stage.mjs";

let stage;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

const TRANSCRIPT = "Person: the last field is lost\nAgent: I will look";
const region = (page) => page.getByRole("region", { name: "Handoff preview" });
const box = (page) => page.getByRole("textbox", { name: "Transcript, bundle or link" });
const prompt = (page) => page.getByRole("textbox", { name: "Prompt" });
const start = (page) => page.getByRole("button", { name: "Start session" });
const brief = (page) => region(page).getByRole("group", { name: "Text of the brief" });

async function intake(page) {
  await page.getByRole("button", { name: "Hand off" }).click();
  await box(page).waitFor();
}

/** Opens the story of the world, changed by `change`, and waits for its brief. */
async function preview(page, change = () => {}) {
  await page.evaluate(`(${change})(window.source.story)`);
  await intake(page);
  await box(page).fill(TRANSCRIPT);
  await brief(page).waitFor();
}

/** Waits until the brief says so, and that it is the brief of what is chosen now. */
async function briefSays(page, text) {
  await brief(page).getByText(text).waitFor();
  await page.waitForFunction(() => {
    const pane = document.querySelector("cloud-agents-view").shadowRoot.querySelector("ca-handoff");
    return pane.form.current;
  });
}

test("there is one Hand off outside a session, and it opens the pane", async () => {
  const page = await stage.page("handoff");
  assert.equal(await page.getByRole("button", { name: "Hand off" }).count(), 1);
  await intake(page);
  assert.equal(await page.getByRole("button", { name: "Hand off" }).count(), 1);
  await box(page).fill(TRANSCRIPT);
  await region(page).waitFor();
  assert.equal(await page.getByRole("button", { name: "Hand off" }).count(), 1);
  assert.deepEqual(page.complaints, []);
});

test("pasted text is read at once, and what was read is told in numbers", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  assert.deepEqual(await called(page, "openHandoff"), [{ kind: "text", text: TRANSCRIPT }]);
  const read = page.getByRole("region", { name: "Fix the CSV parser" });
  const said = ((await read.textContent()) ?? "").replace(/\s+/g, " ");
  for (const part of ["claude-code", "turns12", "tool calls40", "edits7", "skipped2", "2 entries could not be read"])
    assert.ok(said.includes(part), `“${part}” in: ${said}`);
  await page
    .getByRole("status")
    .getByText(/Read: 12 turns|Preview ready/)
    .waitFor();
});

test("text that is typed waits for its button", async () => {
  const page = await stage.page("handoff");
  await intake(page);
  const read = page.getByRole("button", { name: "Read", exact: true });
  assert.ok(await read.isDisabled());
  await box(page).pressSequentially("Person: hello");
  await read.waitFor();
  assert.deepEqual(await callsOf(page, "openHandoff"), []);
  await read.click();
  assert.deepEqual(await called(page, "openHandoff"), [{ kind: "text", text: "Person: hello" }]);
});

test("a file is chosen, and its bytes are handed over", async () => {
  const page = await stage.page("handoff");
  await intake(page);
  const file = { name: "session.jsonl", mimeType: "application/json", buffer: Buffer.from("{}\n") };
  await page.getByLabel("Choose a file").setInputFiles(file);
  const [input] = await called(page, "openHandoff");
  assert.equal(input.kind, "file");
  assert.equal(input.name, "session.jsonl");
  assert.deepEqual(Object.values(input.bytes), [...Buffer.from("{}\n")]);
  await brief(page).waitFor();
});

test("a file dropped anywhere on the page is read, and a folder is refused in words", async () => {
  const page = await stage.page("handoff");
  const drop = (name) =>
    page.getByRole("list", { name: "Sessions" }).evaluate((list, fileName) => {
      const dataTransfer = new DataTransfer();
      const file = new File(["{}"], fileName);
      if (fileName === "folder") file.arrayBuffer = () => Promise.reject(new Error("a folder"));
      dataTransfer.items.add(file);
      // Chromium hands out a new File at each look.
      Object.defineProperty(dataTransfer, "files", { value: [file] });
      const options = { dataTransfer, bubbles: true, composed: true, cancelable: true };
      list.dispatchEvent(new DragEvent("dragover", options));
      return !list.dispatchEvent(new DragEvent("drop", options));
    }, name);
  assert.ok(await drop("folder"), "the browser does not open it");
  await page.getByRole("alert").filter({ hasText: "folder could not be read" }).waitFor();
  assert.deepEqual(await callsOf(page, "openHandoff"), []);
  assert.ok(await drop("session.json"));
  const [input] = await called(page, "openHandoff");
  assert.equal(input.name, "session.json");
  await brief(page).waitFor();
});

test("a file beyond all measure is refused before it is read", async () => {
  const page = await stage.page("handoff");
  await intake(page);
  await page.locator("ca-handoff-intake").evaluate((element) => {
    const file = new File(["x"], "endless.jsonl");
    Object.defineProperty(file, "size", { value: 2 ** 40 });
    return element.form.openFile(file);
  });
  await page.getByRole("alert").filter({ hasText: "endless.jsonl is too large" }).waitFor();
  assert.deepEqual(await callsOf(page, "openHandoff"), []);
});

test("a text that cannot be read stays in its box beside the reason", async () => {
  const page = await stage.page("handoff");
  const failure = { code: "invalid", message: "This is no conversation.", hint: "Choose the transcript itself." };
  await page.evaluate((why) => window.source.fail("openHandoff", why), failure);
  await intake(page);
  await box(page).fill("{ no conversation\n");
  const alert = page.getByRole("alert").filter({ hasText: "This is no conversation." });
  await alert.getByText("Choose the transcript itself.").waitFor();
  assert.equal(await box(page).inputValue(), "{ no conversation\n");
  await page.evaluate(() => window.source.heal("openHandoff"));
  await page.getByRole("button", { name: "Read", exact: true }).click();
  await brief(page).waitFor();
  assert.equal(await alert.count(), 0);
});

test("what was opened first does not come over what was opened last", async () => {
  const page = await stage.page("handoff");
  await page.evaluate(() => window.source.hold("openHandoff"));
  await intake(page);
  await box(page).fill(TRANSCRIPT);
  await called(page, "openHandoff");
  await page.evaluate(() => {
    window.first = window.source.passBy("openHandoff");
    window.source.story.handoff.prompt = "The second one";
    return window.view.handOff({ kind: "text", text: "second" });
  });
  await briefSays(page, "The second one");
  await page.evaluate(() => {
    window.source.story.handoff.prompt = "The first one";
    window.first();
  });
  await called(page, "closeHandoff");
  assert.equal(await prompt(page).inputValue(), "The second one");
  assert.equal(await page.evaluate(() => window.source.openHandoffs.size), 1);
});

test("the target is preset to the repository and the branch that the person works on", async () => {
  const page = await stage.page("handoff");
  await preview(page, (story) => {
    story.handoff.workspace.repository = "git@cloud.example:local/shop.git";
  });
  assert.equal(await region(page).getByRole("combobox", { name: "Repository" }).inputValue(), "local/shop");
  assert.equal(await region(page).getByRole("combobox", { name: "Base branch" }).inputValue(), "next");
  assert.equal(await region(page).getByText("names no").count(), 0);
  const leaves = ((await region(page).getByText("Sent to Local cloud:").locator("..").textContent()) ?? "").replace(
    /\s+/g,
    " ",
  );
  assert.match(leaves, /the brief below, to work on local\/shop from branch next, on a new branch/);
  await start(page).click();
  const [, choice, target] = await called(page, "startHandoff");
  assert.deepEqual(target, { provider: "local", repository: "local/shop", baseRef: "next", createPullRequest: false });
  assert.equal(choice.prompt, "Make the two failing tests pass");
});

test("an unknown repository and branch are said to be unknown, and what stands there is never a silent default", async () => {
  const page = await stage.page("handoff");
  await preview(page, (story) => {
    delete story.handoff.workspace.repository;
    story.handoff.workspace.branch = "HEAD";
    story.handoff.workspace.folder = "/srv/elsewhere";
  });
  await region(page).getByText("The conversation names no repository. local/demo is only the first").waitFor();
  await region(page).getByText("The conversation names no branch; this is the default one.").waitFor();
  await region(page).getByText("Check the repository and the base branch.").waitFor();
  await region(page).getByLabel("Repository").fill("local/shop");
  await region(page).getByLabel("Base branch").fill("next");
  await region(page).getByText("names no").first().waitFor({ state: "detached" });
  assert.equal(await region(page).getByText("Check the").count(), 0);
});

test("a repository called like the conversation's folder is preset, and said to be a guess", async () => {
  const page = await stage.page("handoff");
  await preview(page, (story) => {
    delete story.handoff.workspace.repository;
    story.handoff.workspace.folder = "C:\\work\\Shop";
  });
  await region(page).getByText("local/shop is called like its folder").waitFor();
  assert.equal(await region(page).getByRole("combobox", { name: "Repository" }).inputValue(), "local/shop");
});

test("a repository and a branch that are not at the provider are said to be missing there", async () => {
  const page = await stage.page("handoff");
  await preview(page, (story) => {
    story.handoff.workspace.repository = "https://git.example/octo/garden.git";
    story.handoff.workspace.branch = "mole";
  });
  await region(page).getByText("Local cloud does not list octo/garden, where the work is.").waitFor();
  await region(page).getByText("You work on mole, which Local cloud does not list").waitFor();
  assert.equal(await region(page).getByRole("combobox", { name: "Base branch" }).inputValue(), "mole");
});

test("the same repository under another owner is proposed, and said to be another", async () => {
  const page = await stage.page("handoff");
  await preview(page, (story) => {
    story.handoff.workspace.repository = "octo/shop";
  });
  await region(page)
    .getByText("The work is in octo/shop, which Local cloud does not list. local/shop has the same name")
    .waitFor();
  assert.equal(await region(page).getByRole("combobox", { name: "Repository" }).inputValue(), "local/shop");
});

test("the brief follows the prompt while it is typed, and the cursor stays where it is", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  const before = (await callsOf(page, "previewHandoff")).length;
  await prompt(page).click();
  await prompt(page).press("ControlOrMeta+Home");
  await page.keyboard.type("Quickly: ");
  await briefSays(page, "Quickly: Make the two failing tests pass");
  assert.ok(await prompt(page).evaluate((field) => field.matches(":focus") && field.selectionStart === 9));
  const calls = (await callsOf(page, "previewHandoff")).length - before;
  assert.ok(calls < 9, `${calls} previews for nine letters`);
});

test("an answer about an older prompt does not come over a newer one", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  await page.evaluate(() => window.source.hold("previewHandoff"));
  await prompt(page).fill("older");
  assert.ok(await start(page).isDisabled(), "what is not shown is not sent");
  await called(page, "previewHandoff", 2);
  await page.evaluate(() => {
    window.older = window.source.passBy("previewHandoff");
  });
  await prompt(page).fill("newer");
  await briefSays(page, "newer");
  await page.evaluate(() => window.older());
  // Whatever came of the older answer has come once a later one is there.
  await region(page).getByRole("checkbox", { name: "Last turns" }).uncheck();
  await region(page).getByText("last-turns — you left it out").waitFor();
  await briefSays(page, "newer");
  assert.equal(await brief(page).getByText("older").count(), 0);
});

test("sections that are dropped leave the brief, and are reported as left out", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  await region(page).getByRole("checkbox", { name: "Decisions and constraints" }).uncheck();
  await region(page).getByText("you left it out").waitFor();
  assert.equal(await brief(page).getByText("Do not change the public API").count(), 0);
  await region(page).getByRole("checkbox", { name: "Uncommitted changes" }).uncheck();
  await region(page).getByText("You left them out: the agent does not get them.").waitFor();
  await start(page).click();
  const [, choice] = await called(page, "startHandoff");
  assert.deepEqual(choice.drop, ["constraints", "changes"]);
});

test("each masked secret is listed, can be sent in clear, and can be taken back", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  const secrets = region(page).getByRole("list", { name: "Masked secrets" });
  assert.equal(await secrets.getByRole("listitem").count(), 2);
  const token = secrets.getByRole("switch", { name: "Send ‹GitHub token 1› in clear" });
  assert.ok((await brief(page).textContent())?.includes("‹GitHub token 1›"));
  await token.check();
  await briefSays(page, "ghp_original");
  await secrets.getByText("goes out in clear").waitFor();
  assert.equal(await secrets.getByRole("listitem").count(), 2, "it stays in the list");
  await token.uncheck();
  await briefSays(page, "‹GitHub token 1›");
  assert.equal(await brief(page).getByText("ghp_original").count(), 0);
  await start(page).click();
  assert.deepEqual((await called(page, "startHandoff"))[1].unmask, []);
});

test("names of home folders and addresses are masked when the person asks for it", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  assert.ok((await brief(page).textContent())?.includes("/home/ada"));
  await region(page).getByRole("checkbox", { name: "Mask names of home folders and e-mail addresses too" }).check();
  await briefSays(page, "‹home folder›");
});

test("the size of the brief stands beside the limit, in the provider's own unit", async () => {
  const page = await stage.page("handoff");
  await page.evaluate(() => {
    const [local, github] = window.source.connections;
    const limits = { prompt: { size: 9_000, unit: "tokens" } };
    window.source.connections = [local, { ...github, limits }];
    window.source.connectionsChanged();
  });
  await preview(page);
  await region(page)
    .getByText(/^\d+ of 30,000 characters$/)
    .waitFor();
  await region(page).getByRole("combobox", { name: "Provider" }).selectOption({ label: "GitHub" });
  await region(page)
    .getByText(/^\d+ of 9,000 tokens$/)
    .waitFor();
  assert.equal(await region(page).getByRole("meter").getAttribute("max"), "9000");
});

test("uncommitted changes are shown file by file", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  const changes = region(page).getByRole("region", { name: "Uncommitted changes" });
  await changes.getByText("3 files").waitFor();
  await changes.locator("td.code").first().waitFor();
  await changes.getByText("src/rows.ts → src/csv/rows.ts").waitFor();
  await changes.getByText("The content did not change.").waitFor();
  await changes.locator("summary", { hasText: "logo.png" }).click();
  await changes.getByText("No diff to show").waitFor();
});

test("what is shortened or left out is told with why, and long lists are folded", async () => {
  const page = await stage.page("handoff");
  await preview(page, (story) => {
    story.shortened = Array.from({ length: 150 }, (_, index) => ({
      item: `Turn ${index + 1}`,
      why: "no room is left",
    }));
  });
  await region(page).getByText("Output of npm ci, 4,812 lines — old tool output goes first").waitFor();
  assert.equal(await region(page).getByText("Turn 1 —").count(), 0);
  await region(page).locator("summary", { hasText: "Shortened" }).click();
  await region(page).getByText("Turn 100 — no room is left").waitFor();
  assert.equal(await region(page).getByText("Turn 101 —").count(), 0);
  await region(page).getByRole("button", { name: "Show all 150" }).click();
  await region(page).getByText("Turn 150 — no room is left").waitFor();
});

test("a bundle is marked as not the person's own, and starts only once it is accepted", async () => {
  const page = await stage.page("handoff");
  await preview(page, (story) => {
    story.handoff.foreign = true;
  });
  await page.getByRole("region", { name: "Not your own words" }).waitFor();
  await region(page).getByText("Not your own words until you accept them").first().waitFor();
  assert.ok(await start(page).isDisabled());
  await region(page).getByText("Read and accept what others wrote first.").waitFor();
  assert.equal(await region(page).getByRole("switch").count(), 0, "the originals are not in the bundle");
  const accept = page.getByRole("checkbox", { name: "I have read it, and send it as my own request" });
  await accept.check();
  assert.equal(await region(page).getByText("Not your own words until you accept them").first().isVisible(), false);
  await start(page).click();
  await called(page, "startHandoff");
});

test("the acceptance of one bundle is none of the next", async () => {
  const page = await stage.page("handoff");
  await preview(page, (story) => {
    story.handoff.foreign = true;
  });
  await page.getByRole("checkbox", { name: "I have read it" }).check();
  await page.getByRole("button", { name: "Read something else" }).click();
  await box(page).fill(TRANSCRIPT);
  await brief(page).waitFor();
  assert.equal(await page.getByRole("checkbox", { name: "I have read it" }).isChecked(), false);
  assert.ok(await start(page).isDisabled());
});

test("a task beyond the limit is an error at the prompt, and nothing starts until it fits", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  await prompt(page).fill("x".repeat(30_001));
  await region(page)
    .getByRole("alert")
    .getByText("The task alone has 30001 characters; 30000 fit. Shorten the prompt.")
    .waitFor();
  assert.equal(await prompt(page).getAttribute("aria-invalid"), "true");
  assert.ok(await start(page).isDisabled());
  await prompt(page).fill("Short again");
  await briefSays(page, "Short again");
  assert.equal(await prompt(page).getAttribute("aria-invalid"), null);
  assert.ok(await start(page).isEnabled());
});

test("a preview that fails says why, and is made again on demand", async () => {
  const page = await stage.page("handoff");
  const failure = { code: "not-found", message: "This connection was closed.", hint: "Choose another provider." };
  await page.evaluate((why) => window.source.fail("previewHandoff", why), failure);
  await intake(page);
  await box(page).fill(TRANSCRIPT);
  const alert = region(page).getByRole("alert").filter({ hasText: "This connection was closed." });
  await alert.getByText("Choose another provider.").waitFor();
  assert.ok(await start(page).isDisabled());
  await page.evaluate(() => window.source.heal("previewHandoff"));
  await alert.getByRole("button", { name: "Retry" }).click();
  await brief(page).waitFor();
});

test("Start session starts once, opens the session, and the handoff is put away", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  await page.evaluate(() => window.source.hold("startHandoff"));
  await start(page).dblclick();
  await region(page).getByText("Starting…").waitFor();
  await page.evaluate(() => window.source.release("startHandoff"));
  const session = page.getByRole("region", { name: "Session" });
  await session.getByRole("heading", { level: 2, name: "Make the two failing tests pass" }).waitFor();
  await page.getByRole("status").getByText("Session started: Make the two failing tests pass").waitFor();
  assert.equal((await callsOf(page, "startHandoff")).length, 1);
  assert.deepEqual(await callsOf(page, "start"), []);
  await called(page, "closeHandoff");
  await page.keyboard.press("Escape");
  await intake(page);
  assert.deepEqual(page.complaints, []);
});

test("a refused start says why, and everything that was decided is still there", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  const failure = { code: "not-found", message: "There is no branch next.", hint: "Push it first.", requestId: "R7" };
  await page.evaluate((why) => window.source.fail("startHandoff", why), failure);
  await prompt(page).fill("Only the parser");
  await region(page).getByRole("checkbox", { name: "Last turns" }).uncheck();
  await briefSays(page, "Only the parser");
  await start(page).click();
  const alert = region(page).getByRole("alert").filter({ hasText: "The session was not started" });
  await alert.getByText("Push it first.").waitFor();
  await alert.getByText("R7").waitFor();
  assert.equal(await prompt(page).inputValue(), "Only the parser");
  assert.equal(await region(page).getByRole("checkbox", { name: "Last turns" }).isChecked(), false);
  await page.evaluate(() => window.source.heal("startHandoff"));
  await start(page).click();
  await page.getByRole("region", { name: "Session" }).waitFor();
});

test("an empty prompt and a wrong repository are errors at their fields", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  await prompt(page).fill("");
  await start(page).click();
  await region(page).getByRole("alert").getByText("Say what the agent should do.").waitFor();
  await prompt(page).fill("Go on");
  await region(page).getByLabel("Repository").fill("nonsense");
  await start(page).click();
  await region(page).getByText("Enter a repository as owner/name.").waitFor();
  assert.deepEqual(await callsOf(page, "startHandoff"), []);
});

test("a repository that was only typed is started with, at the first click", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  await region(page).getByLabel("Repository").fill("octo/unlisted");
  await start(page).click();
  const [, , target] = await called(page, "startHandoff");
  assert.equal(target.repository, "octo/unlisted");
  assert.equal(target.baseRef, "next");
});

test("going back keeps the handoff as it was", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  await prompt(page).fill("Half a thought");
  await page.keyboard.press("Escape");
  await region(page).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Hand off" }).click();
  assert.equal(await prompt(page).inputValue(), "Half a thought");
  await briefSays(page, "Half a thought");
});

test("Save bundle gives a file with what the person chose, and Copy link a link", async () => {
  const page = await stage.page("handoff", { permissions: ["clipboard-read", "clipboard-write"] });
  await preview(page);
  await prompt(page).fill("Go on from here");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save bundle" }).click(),
  ]);
  assert.equal(download.suggestedFilename(), "fix-the-csv-parser.cloud-agents.json");
  assert.deepEqual(JSON.parse(await readFile(await download.path(), "utf8")), {
    intent: { prompt: "Go on from here" },
  });
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByRole("status").getByText("Link copied").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "https://page.example/#bundle=AAAA");
  assert.deepEqual(page.complaints, []);
});

test("a link that the browser does not let be copied is shown, and one that is too long is refused in words", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException("no", "NotAllowedError"));
  });
  await page.getByRole("button", { name: "Copy link" }).click();
  assert.equal(await page.getByLabel("Link to this bundle").inputValue(), "https://page.example/#bundle=AAAA");
  const failure = { code: "too-large", message: "The bundle does not fit into a link.", hint: "Save it as a file." };
  await page.evaluate((why) => window.source.fail("exportHandoff", why), failure);
  await page.getByRole("button", { name: "Copy link" }).click();
  await region(page)
    .getByRole("alert")
    .filter({ hasText: "No link could be made" })
    .getByText("Save it as a file.")
    .waitFor();
  assert.equal(await page.getByLabel("Link to this bundle").count(), 0);
});

test("a session is handed off to another provider than its own", async () => {
  const page = await stage.page("handoff");
  await row(page, "Fix the CSV parser, ").click();
  const session = page.getByRole("region", { name: "Session" });
  await session.getByRole("button", { name: "Hand off" }).click();
  assert.deepEqual(await called(page, "openHandoff"), [{ kind: "session", id: "local/done" }]);
  await brief(page).waitFor();
  const provider = region(page).getByRole("combobox", { name: "Provider" });
  assert.equal(await provider.evaluate((select) => select.selectedOptions[0].label), "GitHub");
});

test("a session's bundle is downloaded, and a failure stands beside the button", async () => {
  const page = await stage.page("handoff");
  await row(page, "Fix the CSV parser, ").click();
  const session = page.getByRole("region", { name: "Session" });
  const button = session.getByRole("button", { name: "Download bundle" });
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  assert.equal(download.suggestedFilename(), "fix-the-csv-parser.cloud-agents.json");
  await called(page, "closeHandoff");
  const failure = { code: "network", message: "The session could not be read.", hint: "Try again later." };
  await page.evaluate((why) => window.source.fail("openHandoff", why), failure);
  await button.click();
  const alert = session.getByRole("alert").filter({ hasText: "The bundle could not be made" });
  await alert.getByText("Try again later.").waitFor();
  await alert.getByRole("button", { name: "Dismiss" }).click();
  await alert.waitFor({ state: "detached" });
});

test("a handoff given before the page is ready waits for it, and for a cloud", async () => {
  const page = await stage.page("late");
  await page.evaluate(() => window.view.handOff({ kind: "text", text: "#bundle=AAAA" }));
  assert.deepEqual(await callsOf(page, "openHandoff"), []);
  await page.evaluate(() => {
    window.view.source = window.source;
  });
  assert.deepEqual(await called(page, "openHandoff"), [{ kind: "text", text: "#bundle=AAAA" }]);
  await brief(page).waitFor();
});

test("everything from what was read to the start is done by keyboard", async () => {
  const page = await stage.page("handoff");
  await page.getByRole("button", { name: "Hand off" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    return active?.id === "pasted";
  });
  await page.keyboard.insertText(TRANSCRIPT);
  await brief(page).waitFor();
  const names = new Set();
  for (let step = 0; step < 60 && !names.has("Start session"); step++) {
    await page.keyboard.press("Tab");
    names.add(
      await page.evaluate(() => {
        let active = document.activeElement;
        while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
        return active?.ariaLabel ?? active?.labels?.[0]?.textContent?.trim() ?? active?.textContent?.trim();
      }),
    );
  }
  for (const name of [
    "Read something else",
    "Prompt",
    "Provider",
    "Repository",
    "Base branch",
    "Agent",
    "Model",
    "Last turns",
  ])
    assert.ok(names.has(name), `${name} in ${[...names].join(", ")}`);
  assert.ok(names.has("Send ‹GitHub token 1› in clear") && names.has("Text of the brief"));
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "Session" }).waitFor();
});

test("text of a bundle is text, wherever it is shown", async () => {
  const page = await stage.page("handoff");
  await preview(page, (story) => {
    const markup = "<img src=x onerror=window.hit=1>";
    story.handoff.foreign = true;
    story.handoff.summary = { ...story.handoff.summary, title: markup, format: markup };
    story.handoff.prompt = markup;
    story.handoff.workspace.repository = `${markup}/x`;
    story.handoff.workspace.branch = markup;
    story.handoff.workspace.changes = [{ path: markup, change: "added", diff: `@@ -0,0 +1 @@\n+${markup}\n` }];
    story.sections = { plan: markup };
    story.secrets = [{ placeholder: markup, kind: markup, count: 1, original: "" }];
    story.omitted = [{ item: markup, why: markup }];
  });
  await region(page).locator("td.code").first().waitFor();
  assert.equal(await page.locator("ca-handoff img").count(), 0);
  assert.equal(await page.evaluate(() => window.hit), undefined);
  assert.deepEqual(page.strangers, []);
  assert.deepEqual(page.complaints, []);
});

for (const width of [320, 360, 1280]) {
  test(`nothing is cut off or scrolls sideways at ${width} px`, async () => {
    const page = await stage.page("handoff", { width, height: 740 });
    const widths = () =>
      page.evaluate(() => {
        const pane = document.querySelector("cloud-agents-view").shadowRoot;
        const bar = pane.querySelector(".bar");
        const handoff = pane.querySelector("ca-handoff");
        return {
          page: document.documentElement.scrollWidth - innerWidth,
          bar: bar.scrollWidth - bar.clientWidth,
          pane: handoff.scrollWidth - handoff.clientWidth,
        };
      });
    await intake(page);
    assert.deepEqual(await widths(), { page: 0, bar: 0, pane: 0 });
    await page.evaluate(() => {
      const { story } = window.source;
      const long = "a-name-without-any-place-to-break-it".repeat(6);
      story.handoff.foreign = true;
      story.handoff.summary.title = long;
      story.handoff.workspace.repository = `octo/${long}`;
      story.handoff.workspace.branch = long;
      story.handoff.workspace.changes[0].path = long;
      story.sections.plan = long;
      story.omitted = [{ item: long, why: long }];
      story.secrets[0].placeholder = long;
    });
    await box(page).fill(TRANSCRIPT);
    await brief(page).waitFor();
    assert.deepEqual(await widths(), { page: 0, bar: 0, pane: 0 });
    assert.ok(await start(page).isVisible());
  });
}
