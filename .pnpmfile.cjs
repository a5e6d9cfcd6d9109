/** What only the workspace needs stays out of the package.json that is published. */
function beforePacking(manifest) {
  const published = { ...manifest };
  for (const field of ["disp", "scripts", "devDependencies"]) delete published[field];
  return published;
}

module.exports = { hooks: { beforePacking } };
