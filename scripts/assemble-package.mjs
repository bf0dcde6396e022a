// Puts into pkg/ what is neither compiled nor generated, with the version of Cargo.toml.
import { cp, readFile, writeFile } from "node:fs/promises";

const manifest = await readFile("Cargo.toml", "utf8");
const version = /^version = "(.+)"$/m.exec(manifest)?.[1];
if (!version) throw new Error('Cargo.toml has no line `version = "…"`');

const description = JSON.parse(await readFile("pkg-template/package.json", "utf8"));
for (const file of ["README.md", "bundle.schema.json"]) await cp(`pkg-template/${file}`, `pkg/${file}`);
for (const licence of ["LICENSE", "LICENSE-MIT", "LICENSE-APACHE"]) await cp(licence, `pkg/${licence}`);
await writeFile("pkg/package.json", `${JSON.stringify({ ...description, version }, null, 2)}\n`);
