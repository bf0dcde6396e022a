// Git repositories made for one test.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Runs git in a folder, untouched by the person's own configuration, and answers what it printed. */
export async function git(folder, ...words) {
  const { stdout } = await execute("git", words, {
    cwd: folder,
    maxBuffer: 1 << 26,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_AUTHOR_NAME: "Ada",
      GIT_AUTHOR_EMAIL: "ada@example.com",
      GIT_COMMITTER_NAME: "Ada",
      GIT_COMMITTER_EMAIL: "ada@example.com",
    },
  });
  return stdout.trimEnd();
}

/**
 * A bare repository called `name`, as a server would have it, with one commit on `main`.
 * Its `path` is what a cloud is given; `remove()` deletes it. `desk` runs git in the work tree that it was made from, whose
 * files `write` changes.
 */
export async function createRepository(name = "garden", files = { "README.md": "# Garden\n\nWhat grows where.\n" }) {
  const folder = await mkdtemp(join(tmpdir(), "repository-"));
  const work = join(folder, "work");
  const path = join(folder, name);
  await mkdir(work);
  await git(work, "init", "--quiet", "--initial-branch=main");
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(work, file)), { recursive: true });
    await writeFile(join(work, file), text);
  }
  await git(work, "add", "--all");
  await git(work, "commit", "--quiet", "--message=Plant the first bed");
  await git(folder, "clone", "--quiet", "--bare", work, path);
  return {
    path,
    name: `local/${name}`,
    git: (...words) => git(path, ...words),
    desk: (...words) => git(work, ...words),
    write: (file, text) => writeFile(join(work, file), text),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
