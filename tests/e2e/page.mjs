// The page as a person finds their way in it: by roles and names only (design.md, "Names in the page").
import { launchBrowser } from "../harness/browser.mjs";

const PATIENCE = 60_000;

/** A tab at `url`, and the names that the tests use in it. */
export async function openPage(url, { browser, viewport = { width: 1280, height: 800 } } = {}) {
  const own = browser === undefined ? await launchBrowser() : undefined;
  const context = await (browser ?? own).newContext({ viewport });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const thrown = [];
  page.on("pageerror", (error) => thrown.push(String(error)));
  await page.goto(url);

  const button = (name) => page.getByRole("button", { name, exact: true });
  const session = page.getByRole("region", { name: "Session", exact: true });
  const named = {
    page,
    context,
    /** Exceptions that nothing caught. */
    thrown,
    button,
    session,
    prompt: page.getByRole("textbox", { name: "Prompt" }),
    message: session.getByRole("textbox", { name: "Message" }),
    repository: page
      .getByRole("combobox", { name: "Repository" })
      .or(page.getByRole("textbox", { name: "Repository" })),
    activity: session.getByRole("log", { name: "Activity" }),
    question: session.getByRole("group", { name: "Question" }),
    changes: session.getByRole("region", { name: "Changes" }),
    /** The row of the session with this title, in this state when one is named. */
    row: (title, status = "") =>
      page
        .getByRole("list", { name: "Sessions" })
        .getByRole("listitem", { name: new RegExp(`${title}.*${status}`, "i") }),
    alert: (words) => page.getByRole("alert").filter({ hasText: words }).first(),
    /** Opens the form, writes the prompt and sends it. */
    async start(prompt, { repository } = {}) {
      await button("New session").first().click();
      await named.prompt.fill(prompt);
      if (repository) await named.repository.fill(repository);
      await button("Start session").click();
    },
    /** Waits until a field holds this value. */
    async holds(field, value) {
      await field.waitFor();
      const element = await field.elementHandle();
      await page.waitForFunction(([input, expected]) => input.value === expected, [element, value]);
    },
    async close() {
      await context.close();
      await own?.close();
    },
  };
  return named;
}
