package dev.entente.idempotency;

import java.io.IOException;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request under a key, from the claim to the answer. For one thread at a time. */
final class KeyUse {
    private static final Logger LOG = LoggerFactory.getLogger(KeyUse.class);

    private static final byte WHOLE = 0;
    private static final byte TOO_LARGE = 1;

    private final IdempotencyKeys keys;
    private final KeyStore.Key key;
    private final String owner = IdempotencyKeys.owner();
    private boolean hasEnded;

    KeyUse(IdempotencyKeys keys, KeyStore.Key key) {
        this.keys = keys;
        this.key = key;
    }

    /** Takes the key, or says why not. Blocks. */
    KeyClaim claim(String digest) throws IOException, InterruptedException {
        KeyClaim claim = keys.claim(key, digest, owner);
        if (!(claim instanceof KeyClaim.Answered answered)) {
            return claim;
        }
        byte[] kept = answered.bytes();
        return kept.length == 0 || kept[0] != WHOLE
                ? KeyClaim.NOT_KEPT
                : new KeyClaim.Answered(Arrays.copyOfRange(kept, 1, kept.length));
    }

    /**
     * Keeps the answer, before it is sent. Blocks.
     *
     * @throws IOException if it is not kept, or not known to be; the handler's work is done all the same
     */
    void answered(byte[] answer) throws IOException {
        byte[] kept = new byte[answer.length + 1];
        kept[0] = WHOLE;
        System.arraycopy(answer, 0, kept, 1, answer.length);
        keep(kept);
    }

    /** Keeps that there was an answer, which is too large to be kept: the request does not run again. Blocks. */
    void answeredTooMuch() throws IOException {
        keep(new byte[] {TOO_LARGE});
    }

    private void keep(byte[] kept) throws IOException {
        hasEnded = true;
        if (!keys.store().answer(key, owner, kept, keys.timeToLive())) {
            throw new IOException("a request under the idempotency key '" + key.key() + "' took longer than its key"
                    + " was held, and may have run twice; hold keys for longer than a handler takes (longestRun)");
        }
    }

    /** Frees the key of a request that failed. What cannot be freed is free once its hold has passed. Blocks. */
    void failed() {
        if (hasEnded) {
            return;
        }
        hasEnded = true;
        try {
            keys.store().free(key, owner);
        } catch (IOException broken) {
            LOG.warn(
                    "the idempotency key '{}' of a failed request is not freed before its hold ends",
                    key.key(),
                    broken);
        }
    }
}
