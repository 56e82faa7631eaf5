package dev.entente.server.console;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The person who looks at a page.
 *
 * @param principal as the audit names it
 * @param roles as {@code entente token create} names them
 * @param token SHA-256 of the token that it has signed in with, in hex; empty for none
 * @param isUnauthenticated whether the server asks nobody who they are, so that this is anybody on its machine
 */
public record Visitor(String principal, Set<String> roles, String token, boolean isUnauthenticated) {
    private static final List<String> READ = List.of("viewer", "operator", "admin");
    private static final List<String> OPERATE = List.of("operator", "admin");

    /** The roles of which pages need one. Of the others the API says itself what each role may. */
    private static final Map<String, List<String>> NEEDED = Map.of(
            "", READ,
            "transactions", READ,
            "transaction/payload", OPERATE,
            "participants", OPERATE,
            "coordinators", OPERATE,
            "audit", OPERATE,
            "approvals", READ,
            "topics", READ);

    /** Returns one text for all who see the same: with one set of roles for readers, else one principal. */
    String sight() {
        boolean isReader = isOperator() || roles.contains("viewer");
        return isReader ? "as " + String.join(",", new TreeSet<>(roles)) : "of " + principal;
    }

    /** Anybody, while there is no authentication: may do everything, as over gRPC. */
    static final Visitor ANYBODY = new Visitor("anonymous", Set.of("operator", "admin"), "", true);

    /** Somebody who has not said who they are, where the server must know. */
    static final Visitor NOBODY = new Visitor("", Set.of(), "", false);

    /** Tells whether they may see payloads, and act on transactions. */
    public boolean isOperator() {
        return OPERATE.stream().anyMatch(roles::contains);
    }

    /** Tells whether they may see who subscribes to topics. */
    public boolean isAdministrator() {
        return roles.contains("admin");
    }

    /** Tells whether they have said who they are. */
    public boolean isSignedIn() {
        return !token.isEmpty();
    }

    /** Returns the roles of which that page needs one; empty where they have one, or the API decides. */
    List<String> lacks(String page) {
        List<String> needed = NEEDED.getOrDefault(page, List.of());
        return needed.stream().anyMatch(roles::contains) ? List.of() : needed;
    }

    /** Returns their roles in words. */
    public String rolesInWords() {
        return String.join(", ", roles.stream().sorted().toList());
    }
}
