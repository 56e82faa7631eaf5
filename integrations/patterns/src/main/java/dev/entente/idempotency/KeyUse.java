package dev.entente.idempotency;

import java.io.IOException;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request with a key, from the claim to the response. For one thread at a time. */
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

    /** Claims the key, or returns why the key is not available. Blocks. */
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
     * Stores the response before it is sent. Blocks.
     *
     * @throws IOException if the response is not stored, or perhaps not stored; the handler's work is done anyway
     */
    void answered(byte[] answer) throws IOException {
        byte[] kept = new byte[answer.length + 1];
        kept[0] = WHOLE;
        System.arraycopy(answer, 0, kept, 1, answer.length);
        keep(kept);
    }

    /** Records a response that is too large to store, so that the request does not run again. Blocks. */
    void answeredTooMuch() throws IOException {
        keep(new byte[] {TOO_LARGE});
    }

    private void keep(byte[] kept) throws IOException {
        hasEnded = true;
        if (!keys.store().answer(key, owner, kept, keys.timeToLive())) {
            throw new IOException("a request under the idempotency key '" + key.key() + "' took longer than the claim"
                    + " on its key, and may have run twice; set longestRun to more than a handler takes");
        }
    }

    /** Frees the key of a failed request. If this fails, the key is free when the claim expires. Blocks. */
    void failed() {
        if (hasEnded) {
            return;
        }
        hasEnded = true;
        try {
            keys.store().free(key, owner);
        } catch (IOException broken) {
            LOG.warn(
                    "the idempotency key '{}' of a failed request stays claimed until its claim expires",
                    key.key(),
                    broken);
        }
    }
}
