// vectors.js FILE: checks signature.js against the signature vectors of that file. Exit code 1 if one differs.
const fs = require("node:fs");
const signature = require("./signature.js");

const vectors = JSON.parse(fs.readFileSync(process.argv[2], "utf8")).signatures;
const wrong = vectors.filter((each) => signature.holds(each.key, each.method, each.authority, each.path,
  each.headers, Buffer.from(each.body, "utf8"), each.now) !== each.holds).map((each) => each.name);
console.log(`${vectors.length} signatures, ${wrong.length} wrong: ${wrong.join(", ")}`);
process.exitCode = wrong.length > 0 || vectors.length === 0 ? 1 : 0;
