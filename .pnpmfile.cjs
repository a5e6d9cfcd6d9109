/** Fields of a package.json that only the workspace needs. */
const OURS = ["disp", "scripts", "devDependencies"];

function beforePacking(manifest) {
  return Object.fromEntries(Object.entries(manifest).filter(([field]) => !OURS.includes(field)));
}

module.exports = { hooks: { beforePacking } };
