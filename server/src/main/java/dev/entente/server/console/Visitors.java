package dev.entente.server.console;

import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The people who have signed in. Each function blocks, and throws {@link dev.entente.server.store.StoreUnavailable} where
 * that cannot be told now.
 *
 * @param signIn begins a session by a token, as somebody has typed it, from an address; returns its id, or null where no
 *     such token is valid now
 * @param find returns whose session it is, with the roles it has now; null where there is none, or none any more
 * @param signOut ends a session, if there is one, from an address
 * @param database a name of the database that has the sessions: letters and digits, as a cookie's name may have them
 */
public record Visitors(
        BiFunction<String, String, @Nullable String> signIn,
        Function<String, @Nullable Visitor> find,
        BiConsumer<String, String> signOut,
        String database) {}
