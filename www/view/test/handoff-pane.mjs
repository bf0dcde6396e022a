// The handoff's pane as a person finds it, for tests.

export const TRANSCRIPT = "Person: the last field is lost\nAgent: I will look";
export const region = (page) => page.getByRole("region", { name: "Handoff preview" });
export const box = (page) => page.getByRole("textbox", { name: "Transcript, bundle or link" });
export const prompt = (page) => page.getByRole("textbox", { name: "Prompt" });
export const start = (page) => page.getByRole("button", { name: "Start session" });
export const brief = (page) => region(page).getByRole("group", { name: "Text of the brief" });

export async function intake(page) {
  await page.getByRole("button", { name: "Hand off" }).click();
  await box(page).waitFor();
}

/** Opens the story of the world, changed by `change`, and waits for its brief. */
export async function preview(page, change = () => {}) {
  await page.evaluate(`(${change})(window.source.story)`);
  await intake(page);
  await box(page).fill(TRANSCRIPT);
  await brief(page).waitFor();
}

/** Waits until the brief says so, and that it is the brief of what is chosen now. */
export async function briefSays(page, text) {
  await brief(page).getByText(text).waitFor();
  await page.waitForFunction(() => {
    const pane = document.querySelector("cloud-agents-view").shadowRoot.querySelector("ca-handoff");
    return pane.form.current;
  });
}
