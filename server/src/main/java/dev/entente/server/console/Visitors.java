package dev.entente.server.console;

import org.jspecify.annotations.Nullable;

/**
 * The people who have signed in. Thread-safe; blocks. Each method throws {@link dev.entente.server.store.StoreUnavailable} where
 * that cannot be told now.
 */
public interface Visitors {
    /**
     * Begins a session.
     *
     * @param token as somebody has typed it
     * @param client its address, a literal
     * @return the session's id; null where no such token is valid now
     */
    @Nullable
    String signIn(String token, String client);

    /** Returns whose session it is, with the roles it has now; null where there is none, or none any more. */
    @Nullable
    Visitor find(String session);

    /** Ends a session, if there is one. */
    void signOut(String session, String client);
}
