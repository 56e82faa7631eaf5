package dev.entente.idempotency;

import java.io.IOException;
import java.time.Duration;

/**
 * Keeps keys, what was asked under them, and the answers. Keys expire by the clock of the store, never by that of a
 * caller. Thread-safe; each method blocks.
 */
public interface KeyStore {
    /**
     * A key as it is kept.
     *
     * @param caller 64 hexadecimal digits that stand for whoever asks: one caller's key is another's no more than by
     *     chance
     * @param key 1 to 255 printable characters of ASCII
     */
    record Key(String caller, String key) {}

    /**
     * Takes a key that is free, or whose time has passed.
     *
     * @param digest of what is asked, 64 hexadecimal digits
     * @param owner a word that nobody else uses, of at most 64 characters; it names this attempt
     * @param longestRun how long the key is held unless it is answered or freed
     * @throws IOException if the store does not answer: it may be taken or not
     * @throws KeysUnusable if the store cannot work as it is set up
     */
    KeyClaim claim(Key key, String digest, String owner, Duration longestRun) throws IOException;

    /**
     * Keeps an answer for that long, if the key is still this owner's.
     *
     * @return false if it is not: it was held for too long, and somebody else has taken it
     */
    boolean answer(Key key, String owner, byte[] answer, Duration timeToLive) throws IOException;

    /** Frees a key that is still this owner's and not answered. */
    void free(Key key, String owner) throws IOException;
}
