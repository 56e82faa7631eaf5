package dev.entente.participant.check;

import org.jspecify.annotations.Nullable;

/**
 * A branch to check.
 *
 * @param name the value of {@code entente-branch} in calls
 * @param pattern {@code saga}, {@code tcc} or {@code two_phase}; determines the operations
 * @param completion null if the pattern has none
 * @param undo null if there is nothing to undo
 */
public record CheckedBranch(
        String name,
        String pattern,
        CheckedOperation forward,
        @Nullable CheckedOperation completion,
        @Nullable CheckedOperation undo) {
    /**
     * Creates a step of a saga.
     *
     * @param compensate null if there is nothing to undo
     */
    public static CheckedBranch saga(String name, CheckedOperation action, @Nullable CheckedOperation compensate) {
        return new CheckedBranch(name, "saga", action, null, compensate);
    }

    /** Creates a branch of a TCC transaction. */
    public static CheckedBranch tcc(
            String name, CheckedOperation tryOp, CheckedOperation confirm, CheckedOperation cancel) {
        return new CheckedBranch(name, "tcc", tryOp, confirm, cancel);
    }

    String operation(Role role) {
        return switch (pattern) {
            case "saga" -> role == Role.FORWARD ? "action" : "compensate";
            case "tcc" -> of(role, "try", "confirm", "cancel");
            case "two_phase" -> of(role, "prepare", "commit", "rollback");
            default ->
                throw new IllegalArgumentException(
                        "'" + pattern + "' is not a pattern that can be checked; use saga, tcc or two_phase");
        };
    }

    private static String of(Role role, String forward, String completion, String undo) {
        return switch (role) {
            case FORWARD -> forward;
            case COMPLETION -> completion;
            case UNDO -> undo;
        };
    }

    @Nullable
    CheckedOperation at(Role role) {
        return role == Role.FORWARD ? forward : role == Role.COMPLETION ? completion : undo;
    }

    /** The purpose of an operation. */
    enum Role {
        FORWARD,
        COMPLETION,
        UNDO
    }
}
