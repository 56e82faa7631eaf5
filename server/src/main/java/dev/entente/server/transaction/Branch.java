package dev.entente.server.transaction;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One branch of a plan.
 *
 * @param id its name; a nested one is a path, {@code parent/child}
 * @param parent the branch it is nested under, or null
 * @param forward action, try or prepare
 * @param completion confirm or commit, or null where the pattern has none
 * @param undo compensate, cancel or rollback, or null where there is nothing to undo
 * @param after the ids of the branches that must be done before; empty for a root
 * @param pivot whether it is the point of no return
 * @param retriable whether it never turns the direction
 */
public record Branch(
        String id,
        @Nullable String parent,
        Operation forward,
        @Nullable Operation completion,
        @Nullable Operation undo,
        List<String> after,
        boolean pivot,
        boolean retriable) {

    /** The one branch of a notification. */
    public static final String DELIVER = "deliver";

    /** The operation of that role, or null where this branch has none. */
    public @Nullable Operation operation(Role role) {
        return switch (role) {
            case FORWARD -> forward;
            case COMPLETION -> completion;
            case UNDO -> undo;
        };
    }
}
