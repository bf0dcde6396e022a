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
const isFocused = (element) => element.evaluate((node) => node.matches(":focus"));
/** Waits until a person who cannot see the page heard it, even if something was said after it. */
const said = (page, text) => page.waitForFunction((words) => window.said.includes(words), text);
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
  const shown = { branch: "cloud-agents/handoff-x", baseCommit: "4f1c2aa".padEnd(40, "0") };
  assert.deepEqual([choice.push, choice.confirmSecrets, choice.drop], [shown, false, []]);
});

test("the commit that the changes were made from counts before the branch", async () => {
  const page = await stage.page("handoff");
  await preview(page, (story) => {
    story.handoff.workspace.baseCommit = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
  });
  const [, target] = await called(page, "preparePush");
  assert.equal(target.from, "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567");
});

test("a branch that the person chooses counts before the commit that the conversation names", async () => {
  const page = await stage.page("handoff");
  await preview(page, (story) => {
    story.handoff.workspace.baseCommit = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
  });
  await changes(page).getByText("cloud-agents/handoff-x").waitFor();
  const before = (await callsOf(page, "preparePush")).length;
  await region(page).getByLabel("Base branch").fill("next");
  const [, target] = await called(page, "preparePush", before + 1);
  assert.equal(target.from, "next");
  await region(page).getByLabel("Base branch").fill("");
  const [, emptied] = await called(page, "preparePush", before + 2);
  assert.equal(emptied.from, "main", "without one it is the default branch");
});

test("somebody else's bundle does not choose the commit that the changes are pushed on", async () => {
  const page = await stage.page("handoff");
  await preview(page, (story) => {
    story.handoff.foreign = true;
    story.handoff.workspace.baseCommit = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
  });
  const [, target] = await called(page, "preparePush");
  assert.equal(target.from, "next", "the branch that the person sees");
});

test("commits that were not pushed are said not to go along", async () => {
  const page = await stage.page("handoff");
  const note = region(page).getByText("The work stands on commits that were not pushed.");
  await preview(page, (story) => {
    story.handoff.workspace.baseCommit = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
    story.handoff.workspace.headCommit = "0a1b2c3";
  });
  assert.equal(await note.count(), 0, "an abbreviation is the same commit");
  await page.getByRole("button", { name: "Read something else" }).click();
  await page.evaluate(() => {
    window.source.story.handoff.workspace.headCommit = "ffffffffffffffffffffffffffffffffffffffff";
  });
  await page.getByRole("textbox", { name: "Transcript, bundle or link" }).fill("Person: hello\nAgent: hello");
  await note.waitFor();
  await region(page).getByText("Check the commits that were not pushed.").waitFor();
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
  assert.deepEqual([choice.push, choice.drop], [undefined, ["changes"]]);
});

test("changes that cannot be pushed go into the brief, with why; who insists hears why they cannot start", async () => {
  const page = await stage.page("handoff");
  await page.evaluate(() =>
    window.source.fail("preparePush", { code: "conflict", message: "They do not fit.", hint: "Make them anew." }),
  );
  await preview(page);
  await changes(page).getByText("The changes cannot be pushed, so they go into the brief: They do not fit.").waitFor();
  await said(page, "The changes cannot be pushed, so they go into the brief: They do not fit.");
  assert.equal(await changes(page).getByRole("alert").filter({ hasText: "They do not fit." }).count(), 0);
  assert.equal(await way(page, /In the brief/).isChecked(), true);
  await briefSays(page, "diff of src/csv/parse.ts");
  assert.equal(await start(page).isEnabled(), true);
  await way(page, /Not at all/).check();
  assert.equal(await changes(page).getByText("They do not fit.").count(), 0, "nothing goes into the brief");
  await way(page, /On a branch of their own/).check();
  await changes(page).getByRole("alert").filter({ hasText: "They do not fit." }).waitFor();
  await region(page).getByText("The changes cannot be pushed: choose another way for them.").waitFor();
  await said(page, "The changes cannot be pushed: choose another way for them.");
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
  await said(page, "The changes hold what looks like secrets. Confirm the secrets in the changes first.");
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

test("an answer about an older target does not come over that about a newer one of the same name", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  await changes(page).getByText("cloud-agents/handoff-x").waitFor();
  const repository = region(page).getByRole("combobox", { name: "Repository" });
  const before = (await callsOf(page, "preparePush")).length;
  await page.evaluate(() => window.source.hold("preparePush"));
  await repository.fill("local/demo");
  await called(page, "preparePush", before + 1);
  await page.evaluate(() => {
    window.older = window.source.passBy("preparePush");
    window.source.hold("preparePush");
  });
  await repository.fill("local/shop");
  await called(page, "preparePush", before + 2);
  await page.evaluate(() => {
    window.second = window.source.passBy("preparePush");
    window.source.hold("preparePush");
  });
  await repository.fill("local/demo");
  await called(page, "preparePush", before + 3);
  // The first one asked for the same place as the last one does.
  await page.evaluate(() => {
    window.older();
    window.second();
    return new Promise(requestAnimationFrame);
  });
  await region(page).getByText("Looking whether the changes can be pushed…").waitFor();
  assert.equal(await start(page).isDisabled(), true);
  await page.evaluate(() => window.source.release("preparePush"));
  await changes(page).getByText("cloud-agents/handoff-x").waitFor();
});

test("after a start that failed the changes are made ready anew, and what was confirmed stays confirmed", async () => {
  const page = await stage.page("handoff");
  await preview(page, (story) => {
    story.push.secrets = [{ path: "a.env", kind: "GitHub token", count: 1 }];
  });
  const confirm = changes(page).getByRole("group", { name: "Secrets in the changes" }).getByRole("checkbox");
  await confirm.check();
  const before = (await callsOf(page, "preparePush")).length;
  await page.evaluate(() => {
    window.source.fail("startHandoff", { code: "provider", message: "Out of order.", hint: "Try again." });
    window.source.story.push.branch = "cloud-agents/handoff-y";
  });
  await start(page).click();
  await region(page).getByRole("alert").filter({ hasText: "Out of order." }).waitFor();
  await called(page, "preparePush", before + 1);
  await changes(page).getByText("cloud-agents/handoff-y").waitFor();
  await briefSays(page, "were pushed to branch cloud-agents/handoff-y");
  assert.equal(await confirm.isChecked(), true);
  assert.equal(await region(page).getByRole("alert").filter({ hasText: "Out of order." }).count(), 1);
  await page.evaluate(() => window.source.heal("startHandoff"));
  await start(page).click();
  const [, choice] = await called(page, "startHandoff", 2);
  assert.deepEqual([choice.push.branch, choice.confirmSecrets], ["cloud-agents/handoff-y", true]);
});

test("a diff is added, what is none says so and stays, and the keyboard is in the box at once", async () => {
  const page = await stage.page("handoff");
  await preview(page, (story) => {
    story.handoff.workspace.changes = [];
  });
  await changes(page).getByText("None are known.").waitFor();
  await changes(page).getByRole("button", { name: "Add changes…" }).press("Enter");
  const box = changes(page).getByRole("textbox", { name: "Changes as a diff" });
  assert.equal(await isFocused(box), true);
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
  assert.equal(await isFocused(changes(page).getByRole("button", { name: "Add changes…" })), true);
});

test("the box for a diff is closed by Esc and by Cancel, and the handoff stays open", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  const add = changes(page).getByRole("button", { name: "Add changes…" });
  const box = changes(page).getByRole("textbox", { name: "Changes as a diff" });
  await add.press("Enter");
  await box.fill("half a diff");
  await box.press("Escape");
  await box.waitFor({ state: "detached" });
  assert.equal(await isFocused(add), true);
  await add.press("Enter");
  assert.equal(await box.inputValue(), "half a diff", "what was pasted is not lost");
  await page.evaluate(() =>
    window.source.fail("addChanges", { code: "invalid", message: "There is no diff in it.", hint: "git diff" }),
  );
  await changes(page).getByRole("button", { name: "Add changes", exact: true }).click();
  await changes(page).getByText("There is no diff in it.").waitFor();
  await changes(page).getByRole("button", { name: "Cancel" }).click();
  await box.waitFor({ state: "detached" });
  assert.equal(await isFocused(add), true);
  assert.equal(await changes(page).getByText("There is no diff in it.").count(), 0);
});

test("a diff that takes the place of one as long is looked at, and shown, anew", async () => {
  const page = await stage.page("handoff");
  await preview(page, (story) => {
    story.handoff.workspace.changes = [{ path: "added.txt", change: "added", diff: "@@ -0,0 +1 @@\n+old\n" }];
  });
  await changes(page).getByText("cloud-agents/handoff-x").waitFor();
  await changes(page).locator("td.code").getByText("old").waitFor();
  const before = (await callsOf(page, "preparePush")).length;
  await page.evaluate(() => {
    window.source.story.handoff.workspace.changes = [];
  });
  await changes(page).getByRole("button", { name: "Add changes…" }).click();
  await changes(page).getByRole("textbox", { name: "Changes as a diff" }).fill("diff --git a/a b/a");
  await changes(page).getByRole("button", { name: "Add changes", exact: true }).click();
  await called(page, "preparePush", before + 1);
  await changes(page).locator("td.code").getByText("new").waitFor();
});

test("the bytes of a diff are handed over as they are, and a file that cannot be read says so", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  await changes(page).getByRole("button", { name: "Add changes…" }).click();
  const buffer = Buffer.from("diff --git a/a b/a\n+caf\xe9\n", "latin1");
  await changes(page).locator("input[type=file]").setInputFiles({ name: "a.diff", mimeType: "text/plain", buffer });
  const [, bytes] = await called(page, "addChanges");
  assert.deepEqual(Object.values(bytes), [...buffer]);
  await changes(page).getByText("added.txt").waitFor();
  await page.locator("ca-handoff-changes").evaluate(({ form }) => {
    const file = new File(["x"], "moved.diff");
    file.arrayBuffer = () => Promise.reject(new Error("moved"));
    return form.addFiles([file, new File(["diff --git a/b b/b\n"], "there.diff")]);
  });
  await changes(page).getByRole("alert").filter({ hasText: "moved.diff could not be read." }).waitFor();
  assert.equal((await callsOf(page, "addChanges")).length, 2, "the other one was read");
});

test("diffs that come with what cannot be read are not added to what is open", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  await page.evaluate(() =>
    window.source.fail("openHandoff", {
      code: "invalid",
      message: "This is no conversation.",
      hint: "Choose another.",
    }),
  );
  await page
    .locator("ca-handoff")
    .evaluate(({ form }) => form.openFiles([new File(["x"], "chat.md"), new File(["diff --git a/a b/a\n"], "a.diff")]));
  assert.equal((await callsOf(page, "openHandoff")).length, 2);
  assert.deepEqual(await callsOf(page, "addChanges"), []);
});

test("a file is left out of what is pushed and of the brief, by keyboard, and taken back", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  await changes(page).getByText("cloud-agents/handoff-x").waitFor();
  const files = changes(page).getByRole("group", { name: "Files that go along" });
  const box = files.getByRole("checkbox", { name: "src/csv/parse.ts" });
  assert.equal(await box.isChecked(), true);
  const before = (await callsOf(page, "preparePush")).length;
  await box.press("Space");
  await files.locator("summary", { hasText: "src/csv/parse.ts" }).getByText("left out").waitFor();
  await changes(page).getByText("2 files").waitFor();
  await changes(page).getByText("1 left out").waitFor();
  const [, , leaveOut] = await called(page, "preparePush", before + 1);
  assert.deepEqual(leaveOut, ["src/csv/parse.ts"]);
  await briefSays(page, "were pushed to branch");
  assert.equal(await isFocused(box), true, "the keyboard stays where it was");
  await files.getByText("src/rows.ts → src/csv/rows.ts").waitFor();
  await way(page, /In the brief/).check();
  await briefSays(page, "diff of src/csv/rows.ts");
  assert.equal(await region(page).getByText("diff of src/csv/parse.ts").count(), 0);
  await box.check();
  await briefSays(page, "diff of src/csv/parse.ts");
  assert.equal(await changes(page).getByText("left out").count(), 0);
  await box.uncheck();
  await way(page, /On a branch of their own/).check();
  await briefSays(page, "were pushed to branch");
  await start(page).click();
  const [, choice] = await called(page, "startHandoff");
  assert.deepEqual([choice.push.branch, choice.leaveOut], ["cloud-agents/handoff-x", ["src/csv/parse.ts"]]);
});

test("without the file that does not fit, the others can be pushed", async () => {
  const page = await stage.page("handoff");
  await page.evaluate(() =>
    window.source.fail("preparePush", { code: "conflict", message: "It does not fit.", hint: "Leave that file out." }),
  );
  await preview(page);
  await changes(page).getByText("Leave that file out.").waitFor();
  await page.evaluate(() => window.source.heal("preparePush"));
  await changes(page).getByRole("checkbox", { name: "src/csv/parse.ts" }).uncheck();
  await changes(page).getByText("cloud-agents/handoff-x").waitFor();
  assert.equal(await changes(page).getByText("Leave that file out.").count(), 0);
});

test("when every file is left out nothing is pushed and nothing is waited for", async () => {
  const page = await stage.page("handoff");
  await preview(page);
  await changes(page).getByText("cloud-agents/handoff-x").waitFor();
  const files = changes(page).getByRole("group", { name: "Files that go along" }).getByRole("checkbox");
  for (const file of await files.all()) await file.uncheck();
  await start(page).click();
  const [, choice] = await called(page, "startHandoff");
  assert.deepEqual([choice.push, choice.leaveOut.length], [undefined, 3]);
});

test("a diff that is added for a file that was left out counts", async () => {
  const page = await stage.page("handoff");
  await preview(page, (story) => {
    story.handoff.workspace.changes = [{ path: "added.txt", change: "added", diff: "@@ -0,0 +1 @@\n+old\n" }];
  });
  const box = changes(page).getByRole("checkbox", { name: "added.txt" });
  await box.uncheck();
  await page.evaluate(() => {
    window.source.story.handoff.workspace.changes = [];
  });
  await changes(page).getByRole("button", { name: "Add changes…" }).click();
  await changes(page).getByRole("textbox", { name: "Changes as a diff" }).fill("diff --git a/a b/a");
  await changes(page).getByRole("button", { name: "Add changes", exact: true }).click();
  await changes(page).locator("td.code").getByText("new").waitFor();
  assert.equal(await box.isChecked(), true);
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
