package dev.entente.server.console.part;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The user of a page.
 *
 * @param principal the name in the audit log: a token's name, or the name that a trusted proxy has sent
 * @param roles the names of {@code entente token create}
 * @param token SHA-256 of the token of the sign-in, in hex; empty without a sign-in
 * @param isUnauthenticated whether the server has no authentication, so that anyone on its machine is this user
 */
public record ConsoleUser(String principal, Set<String> roles, String token, boolean isUnauthenticated) {
    private static final List<String> READ = List.of("viewer", "operator", "admin");
    private static final List<String> OPERATE = List.of("operator", "admin");

    /** The roles of which each page needs one. For other pages the API checks the roles. */
    private static final Map<String, List<String>> NEEDED = Map.of(
            "", READ,
            "transactions", READ,
            "transaction/payload", OPERATE,
            "participants", OPERATE,
            "coordinators", OPERATE,
            "audit", OPERATE,
            "approvals", READ,
            "topics", READ);

    /** Returns a text that is equal for all users with equal views: by roles for readers, else by principal. */
    public String visibility() {
        boolean isReader = isOperator() || roles.contains("viewer");
        return isReader
                ? "as " + String.join(",", new TreeSet<>(roles))
                : "of " + (isFromProxy() ? "user " : "token ") + principal;
    }

    /** Any user of a server without authentication, who may do everything, as over gRPC. */
    public static final ConsoleUser ANYBODY = new ConsoleUser("anonymous", Set.of("operator", "admin"), "", true);

    /** A user who is not signed in at a server with authentication. */
    public static final ConsoleUser ANONYMOUS = new ConsoleUser("", Set.of(), "", false);

    /** Returns whether the user may read payloads and operate on transactions. */
    public boolean isOperator() {
        return OPERATE.stream().anyMatch(roles::contains);
    }

    /** Returns whether the user may see the subscriptions to topics. */
    public boolean isAdministrator() {
        return roles.contains("admin");
    }

    /** Returns whether the user has signed in, here or at a trusted proxy. */
    public boolean isSignedIn() {
        return !principal.isEmpty() && !isUnauthenticated;
    }

    /** Returns whether a trusted proxy has sent the user's name. */
    public boolean isFromProxy() {
        return isSignedIn() && token.isEmpty();
    }

    /** Returns the roles of which a page needs one; empty if the user has one, or if the API decides. */
    public List<String> lacks(String page) {
        List<String> needed = NEEDED.getOrDefault(page, List.of());
        return needed.stream().anyMatch(roles::contains) ? List.of() : needed;
    }

    /** Returns the user's roles, in words. */
    public String rolesInWords() {
        return String.join(", ", roles.stream().sorted().toList());
    }
}
