package dev.entente.server.console.part;

import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The users who are signed in. Each function blocks, and throws {@link dev.entente.server.store.StoreUnavailable} if
 * the sessions cannot be read now.
 *
 * @param signIn begins a session by a token as a person typed it, from an address; returns the session's id, or null if
 *     the token is not valid now
 * @param find returns the user of a session with the current roles; null if the session does not exist or has ended
 * @param named returns the user that a trusted proxy has sent
 * @param signOut ends a session, if it exists, from an address
 * @param database a name for the database of the sessions: letters and digits, as a cookie's name permits
 */
public record SignedInUsers(
        BiFunction<String, String, @Nullable String> signIn,
        Function<String, @Nullable ConsoleUser> find,
        Function<String, ConsoleUser> named,
        BiConsumer<String, String> signOut,
        String database) {}
