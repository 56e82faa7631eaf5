// Checks entente-signature, version 2, as docs/participants.md describes.
const crypto = require("node:crypto");

const FORM = /^v2,k=([0-9a-f]{8}),t=([0-9]{1,11}),h=([0-9a-f]{64})$/;
const SIGNED = ["gid", "branch", "op", "attempt", "fence", "pattern", "created", "submitter"];
const TOLERANCE_SECONDS = 300;

const sha256 = (bytes) => crypto.createHash("sha256").update(bytes).digest("hex");

/** Returns each part after its length in bytes, so that the boundaries between parts are unambiguous. */
function joined(parts) {
  const bytes = parts.map((part) => Buffer.from(part, "utf8"));
  return Buffer.concat(bytes.flatMap((part) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    return [length, part];
  }));
}

/** Returns whether the signature is valid. Headers in lower case, body unchanged, now in seconds since 1970. */
function holds(key, method, authority, path, headers, body, now = Date.now() / 1000) {
  const said = FORM.exec(headers["entente-signature"] ?? "");
  if (!said || said[1] !== sha256(key).slice(0, 8) || Math.abs(now - Number(said[2])) > TOLERANCE_SECONDS) {
    return false;
  }
  const of = (name) => headers["entente-" + name] ?? "";
  const idempotency = headers["idempotency-key"] ?? "";
  if (idempotency && idempotency !== ["gid", "branch", "op"].map(of).join("/")) {
    return false;
  }
  const text = joined([
    "entente-signature-2", said[1], said[2], method, authority, path, ...SIGNED.map(of), sha256(body)]);
  const expected = crypto.createHmac("sha256", key).update(text).digest();
  return crypto.timingSafeEqual(expected, Buffer.from(said[3], "hex"));
}

module.exports = { holds };
