// What becomes of uncommitted changes in a handoff: pushed, put into the brief, or left out.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { briefSays, intake, preview, prompt, region, start } from "./handoff-pane.mjs";
import { called, callsOf, openStage } from "./stage.mjs";

let stage;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

const changes = (page) => region(page).getByRole("region", { name: "Uncommitted changes" });
const way = (page, name) => changes(page).getByRole("radio", { name });

test("changes go along on a branch of their own, which is named before anything is sent", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  await changes(page).getByText("cloud-agents/handoff-x").waitFor();
  await changes(page).getByText("4f1c2aa", { exact: true }).waitFor();
  assert.equal(await way(page, /On a branch of their own/).isChecked(), true);
  await briefSays(page, "were pushed to branch cloud-agents/handoff-x");
  await region(page).getByText("to which your changes are pushed first").waitFor();
  const [, target] = await called(page, "preparePush");
  assert.deepEqual(target, { provider: "local", repository: "local/shop", from: "next" });
  await start(page).click();
  const [, choice] = await called(page, "startHandoff");
  assert.deepEqual([choice.push, choice.confirmSecrets, choice.drop], [true, false, []]);
});

test("the commit that the changes were made from counts before the branch", async () => {
  const page = await stage.page("handoff");
  await preview(page, (story) => {
    story.handoff.workspace.baseCommit = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
  });
  const [, target] = await called(page, "preparePush");
  assert.equal(target.from, "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567");
});

test("they are put into the brief, or left out, when the person says so", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  await changes(page).getByText("cloud-agents/handoff-x").waitFor();
  await way(page, /In the brief/).check();
  await briefSays(page, "diff of src/csv/parse.ts");
  assert.equal(await changes(page).getByText("cloud-agents/handoff-x").count(), 0);
  await way(page, /Not at all/).check();
  await region(page).getByText("you left it out").waitFor();
  await start(page).click();
  const [, choice] = await called(page, "startHandoff");
  assert.deepEqual([choice.push, choice.drop], [false, ["changes"]]);
});

test("changes that cannot be pushed go into the brief, with why; who insists hears why they cannot start", async () => {
  const page = await stage.page("handoff");
  await page.evaluate(() =>
    window.source.fail("preparePush", { code: "conflict", message: "They do not fit.", hint: "Make them anew." }),
  );
  await preview(page);
  await changes(page).getByRole("alert").filter({ hasText: "They do not fit." }).waitFor();
  assert.equal(await way(page, /In the brief/).isChecked(), true);
  await briefSays(page, "diff of src/csv/parse.ts");
  assert.equal(await start(page).isEnabled(), true);
  await way(page, /On a branch of their own/).check();
  await region(page).getByText("The changes cannot be pushed: choose another way for them.").waitFor();
  assert.equal(await start(page).isDisabled(), true);
  await page.evaluate(() => window.source.heal("preparePush"));
  await way(page, /In the brief/).check();
  await way(page, /On a branch of their own/).check();
  await changes(page).getByText("cloud-agents/handoff-x").waitFor();
});

test("a provider that takes no branches gets them in the brief", async () => {
  const page = await stage.page("handoff");
  await page.evaluate(() => {
    for (const connection of window.source.connections) connection.capabilities.push = false;
    window.source.connectionsChanged();
  });
  await preview(page);
  await briefSays(page, "diff of src/csv/parse.ts");
  assert.equal(await way(page, /On a branch of their own/).isDisabled(), true);
  await changes(page).getByText("takes no branches here").waitFor();
  assert.deepEqual(await callsOf(page, "preparePush"), []);
});

test("secrets in what would be pushed are named, and hold up the start until they are confirmed", async () => {
  const page = await stage.page("handoff");
  await preview(page, (story) => {
    story.push.secrets = [{ path: "a.env", kind: "GitHub token", count: 2 }];
  });
  const secrets = changes(page).getByRole("group", { name: "Secrets in the changes" });
  await secrets.getByText("a.env").waitFor();
  await secrets.getByText("GitHub token, 2 times").waitFor();
  await region(page).getByText("Confirm the secrets in the changes first.").waitFor();
  assert.equal(await start(page).isDisabled(), true);
  await secrets.getByRole("checkbox").check();
  await start(page).click();
  assert.equal((await called(page, "startHandoff"))[1].confirmSecrets, true);
});

test("another repository is looked at anew, and what was confirmed for the first is not for the second", async () => {
  const page = await stage.page("handoff");
  await preview(page, (story) => {
    story.push.secrets = [{ path: "a.env", kind: "GitHub token", count: 1 }];
  });
  const confirm = changes(page).getByRole("group", { name: "Secrets in the changes" }).getByRole("checkbox");
  await confirm.check();
  const before = (await callsOf(page, "preparePush")).length;
  await region(page).getByRole("combobox", { name: "Repository" }).fill("local/demo");
  const [, target] = await called(page, "preparePush", before + 1);
  assert.equal(target.repository, "local/demo");
  await page.waitForFunction(() => {
    const pane = document.querySelector("cloud-agents-view").shadowRoot.querySelector("ca-handoff");
    return pane.form.changes.prepared !== undefined;
  });
  assert.equal(await confirm.isChecked(), false);
});

test("a diff is added, what is none says so and stays, and the keyboard is in the box at once", async () => {
  const page = await stage.page("handoff");
  await preview(page, (story) => {
    story.handoff.workspace.changes = [];
  });
  await changes(page).getByText("None are known.").waitFor();
  await changes(page).getByRole("button", { name: "Add changes…" }).press("Enter");
  const box = changes(page).getByRole("textbox", { name: "Changes as a diff" });
  assert.equal(await box.evaluate((field) => field.matches(":focus")), true);
  await page.evaluate(() =>
    window.source.fail("addChanges", { code: "invalid", message: "There is no diff in it.", hint: "git diff" }),
  );
  await page.keyboard.type("no diff");
  await changes(page).getByRole("button", { name: "Add changes", exact: true }).click();
  await changes(page).getByRole("alert").filter({ hasText: "There is no diff in it." }).waitFor();
  assert.equal(await box.inputValue(), "no diff");
  await page.evaluate(() => window.source.heal("addChanges"));
  await box.fill("diff --git a/a b/a");
  await changes(page).getByRole("button", { name: "Add changes", exact: true }).click();
  await changes(page).getByText("added.txt").waitFor();
  await changes(page).getByText("cloud-agents/handoff-x").waitFor();
  assert.equal(await box.count(), 0);
});

test("a conversation and a diff that are dropped together belong together", async () => {
  const page = await stage.page("handoff");
  await intake(page);
  await page.locator("ca-handoff").evaluate((pane) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(["diff --git a/a b/a\n"], "work.patch"));
    dataTransfer.items.add(new File(["Person: hello"], "chat.md"));
    pane.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, composed: true, cancelable: true }));
  });
  await prompt(page).waitFor();
  const [input] = await called(page, "openHandoff");
  assert.equal(input.name, "chat.md");
  await called(page, "addChanges");
  await changes(page).getByText("added.txt").waitFor();
});
