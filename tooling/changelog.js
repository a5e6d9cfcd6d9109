// How changesets become lines of a CHANGELOG.md: the text first, then where it came from.

const HOME = "https://github.com/disp-ts/disp";

/**
 * @param {{ summary: string, commit?: string | undefined }} changeset
 * @returns {Promise<string>} The whole text of a changeset, with a link to its commit at the end of the first line.
 */
export async function getReleaseLine({ summary, commit }) {
  const [first = "", ...others] = summary.trim().split("\n");
  const origin = commit === undefined ? "" : ` ([${commit.slice(0, 7)}](${HOME}/commit/${commit}))`;
  return [`- ${first.trimEnd()}${origin}`, ...others.map(indent)].join("\n");
}

/**
 * @param {readonly unknown[]} _changesets
 * @param {readonly { name: string, newVersion: string }[]} dependencies
 * @returns {Promise<string>} One line for all packages of the family that a release brings along.
 */
export async function getDependencyReleaseLine(_changesets, dependencies) {
  if (dependencies.length === 0) return "";
  const links = dependencies.map(({ name, newVersion }) => {
    const log = `${HOME}/blob/main/packages/${name.replace("@disp/", "")}/CHANGELOG.md`;
    return `[\`${name}\`](${log}) ${newVersion}`;
  });
  return `- Comes with ${links.join(", ")}`;
}

/** @param {string} line */
function indent(line) {
  return line.trim() === "" ? "" : `  ${line.trimEnd()}`;
}
