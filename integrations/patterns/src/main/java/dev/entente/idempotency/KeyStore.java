package dev.entente.idempotency;

import java.io.IOException;
import java.time.Duration;

/**
 * Stores keys, digests of requests, and responses. Keys expire by the clock of the store, never by the clock of a
 * service. Thread-safe; each method blocks.
 */
public interface KeyStore {
    /**
     * The stored form of a key.
     *
     * @param caller 64 hexadecimal digits that identify the caller; two callers share keys only by a hash collision
     * @param key 1 to 255 printable characters of ASCII
     */
    record Key(String caller, String key) {}

    /**
     * Claims a key that is free or expired.
     *
     * @param digest of the request, 64 hexadecimal digits
     * @param owner a unique name of this attempt, of at most 64 characters
     * @param longestRun how long the claim lasts without a response or a release
     * @throws IOException if the store does not answer: the key may be claimed or not
     * @throws KeysUnusable if the store's configuration is wrong
     */
    KeyClaim claim(Key key, String digest, String owner, Duration longestRun) throws IOException;

    /**
     * Stores a response for the given time, if this owner still has the claim on the key.
     *
     * @return false if this owner no longer has the key, because its claim expired
     */
    boolean answer(Key key, String owner, byte[] answer, Duration timeToLive) throws IOException;

    /** Frees a key that this owner still has, without a response. */
    void free(Key key, String owner) throws IOException;
}
