package dev.entente.server.api.access;

import dev.entente.wire.TraceParent;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The console's users whose names a trusted proxy sends in a header. Immutable.
 *
 * @param header the header's name; empty for none
 * @param roles by user; the roles of {@code *} apply to users without an entry
 */
public record ProxyUsers(String header, Map<String, Set<Access>> roles) {
    /** Returns the roles of a user; empty for a user without roles, and for a name that the audit reserves. */
    public Set<Access> roles(String user) {
        return Tokens.RESERVED.matcher(user).matches()
                ? Set.of()
                : roles.getOrDefault(user, roles.getOrDefault("*", Set.of()));
    }

    /** Returns the caller. The header's name in its address distinguishes the user from a token of that name. */
    Caller caller(String user, String peer, @Nullable TraceParent trace, @Nullable String requestId) {
        return new Caller(user, header + "@" + peer, roles(user), null, true, false, trace, requestId);
    }
}
