import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { box, brief, briefSays, intake, preview, prompt, region, start, TRANSCRIPT } from "./handoff-pane.mjs";
import { called, callsOf, openStage, row } from "./stage.mjs";

let stage;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

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
  assert.deepEqual(await callsOf(page, "openHandoff"), [[{ kind: "text", text: TRANSCRIPT }]]);
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
    story.handoff.workspace.changes = [];
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
