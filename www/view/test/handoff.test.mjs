import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { box, brief, briefSays, intake, preview, prompt, region, start, TRANSCRIPT } from "./handoff-pane.mjs";
import { called, callsOf, openStage } from "./stage.mjs";

let stage;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

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
  // All that follows an answer of the scripted source is done before the next frame.
  await page.evaluate(() => {
    window.older();
    return new Promise(requestAnimationFrame);
  });
  assert.equal(await brief(page).getByText("older").count(), 0);
  assert.equal(await brief(page).getByText("newer").count(), 1);
});

test("sections that are dropped leave the brief, and are reported as left out", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  await region(page).getByRole("checkbox", { name: "Decisions and constraints" }).uncheck();
  await region(page).getByText("you left it out").waitFor();
  assert.equal(await brief(page).getByText("Do not change the public API").count(), 0);
  await start(page).click();
  const [, choice] = await called(page, "startHandoff");
  assert.deepEqual(choice.drop, ["constraints"]);
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
  // Until the changes are ready to be pushed, nothing can be started.
  await briefSays(page, "were pushed to branch");
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
