package dev.entente.server.console;

import java.util.Set;
import java.util.TreeSet;

/**
 * Whoever looks at a page.
 *
 * @param principal as the audit names it
 * @param roles as {@code entente token create} names them
 * @param isUnauthenticated whether the server asks nobody who they are, so that this is anybody on its machine
 */
public record Visitor(String principal, Set<String> roles, boolean isUnauthenticated) {
    /** Tells whether they may see payloads, and act on transactions. */
    boolean isOperator() {
        return roles.contains("operator") || roles.contains("admin");
    }

    /** Returns one text for all who see the same: with one set of roles for readers, else one principal. */
    String sight() {
        boolean isReader = isOperator() || roles.contains("viewer");
        return isReader ? "as " + String.join(",", new TreeSet<>(roles)) : "of " + principal;
    }

    /** Whoever comes while there is no authentication: may do everything, as over gRPC. */
    static final Visitor ANYBODY = new Visitor("anonymous", Set.of("operator", "admin"), true);

    /** Whoever has not said who they are, where the server must know. */
    static final Visitor NOBODY = new Visitor("", Set.of(), false);
}
