// A repository with something of everything that a comparison can show.
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRepository, git } from "../harness/repository.mjs";

const lines = (count, text) => Array.from({ length: count }, (_, index) => `${text} ${index + 1}\n`).join("");

/**
 * `main` with one commit, and:
 * - `beds/roses`, two commits ahead: a file changed, added, removed and renamed, a picture, a link, a name in Greek;
 * - `beds/nettles`, which changes the same line as `main`'s second commit;
 * - `meadow`, with a history of its own.
 */
export async function createGarden() {
  const repository = await createRepository("garden", {
    "README.md": "# Garden\n\nWhat grows where.\n",
    "plan/beds.txt": lines(40, "bed"),
    "plan/old.txt": lines(20, "old"),
    "shed.txt": "spade\n",
  });
  const folder = await mkdtemp(join(tmpdir(), "garden-"));
  const work = join(folder, "work");
  await git(folder, "clone", "--quiet", repository.path, work);
  const write = (path, content) => writeFile(join(work, path), content);
  const commit = async (message) => {
    await git(work, "add", "--all");
    await git(work, "commit", "--quiet", `--message=${message}`);
  };
  const branch = (name) => git(work, "checkout", "--quiet", "-b", name, "origin/main");

  await branch("beds/roses");
  await write(
    "plan/beds.txt",
    lines(40, "bed").replace("bed 3\n", "roses\n").replace("bed 30\n", "bed 30\nmore roses\n"),
  );
  await write("picture.png", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]));
  await symlink("../../../etc/passwd", join(work, "way-out"));
  await commit("Plant roses\n\nRed ones.");
  await git(work, "mv", "plan/old.txt", "plan/new name.txt");
  await rm(join(work, "shed.txt"));
  await write("τριαντάφυλλα.txt", "κόκκινα\n");
  await commit("Clear the shed");

  await branch("beds/nettles");
  await write("README.md", "# Nettles\n\nWhat grows where.\n");
  await commit("Let nettles grow");

  await git(work, "checkout", "--quiet", "--orphan", "meadow");
  await commit("A meadow");

  await git(work, "push", "--quiet", "origin", "beds/roses", "beds/nettles", "meadow");
  return {
    ...repository,
    work,
    /** Runs git in a clone of it. */
    inWork: (...words) => git(work, ...words),
    /** Commits one file on a branch and pushes it, as another person would. */
    async pushFile(name, path, content, message) {
      await git(work, "fetch", "--quiet", "origin");
      await git(work, "checkout", "--quiet", "-B", name, `origin/${name}`);
      await write(path, content);
      await commit(message);
      await git(work, "push", "--quiet", "origin", name);
    },
    async remove() {
      await repository.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
