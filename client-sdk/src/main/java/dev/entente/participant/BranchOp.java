package dev.entente.participant;

import java.util.Optional;

/** The operation of a branch that a call requests. Its {@link #text} is the metadata {@code entente-op}. */
public enum BranchOp {
    /** A saga step's forward call. */
    ACTION("action", Role.FORWARD),
    /** Compensates an {@link #ACTION}. */
    COMPENSATE("compensate", Role.UNDO),
    /** TCC's forward call: checks and reserves. */
    TRY("try", Role.FORWARD),
    /** Confirms a {@link #TRY}. */
    CONFIRM("confirm", Role.COMPLETION),
    /** Releases the reservation of a {@link #TRY}. */
    CANCEL("cancel", Role.UNDO),
    /** Two-phase commit's forward call. */
    PREPARE("prepare", Role.FORWARD),
    /** Three-phase commit's announcement. */
    PRE_COMMIT("pre_commit", Role.COMPLETION),
    /** Commits a {@link #PREPARE}. */
    COMMIT("commit", Role.COMPLETION),
    /** Rolls back a {@link #PREPARE}. */
    ROLLBACK("rollback", Role.UNDO),
    /** Delivers a message or notification. */
    DELIVER("deliver", Role.FORWARD),
    /** Asks whether a local transaction was committed. */
    CHECK("check", Role.QUESTION);

    /** The purpose of an operation, independent of the pattern. */
    public enum Role {
        /** Does the branch's work, or reserves it. */
        FORWARD,
        /** Makes forward work final after the decision to commit. */
        COMPLETION,
        /** Reverses forward work. */
        UNDO,
        /** Changes nothing by itself. */
        QUESTION
    }

    private final String text;
    private final Role role;

    BranchOp(String text, Role role) {
        this.text = text;
        this.role = role;
    }

    /** Returns the value in the metadata, such as {@code pre_commit}. */
    public String text() {
        return text;
    }

    /** Returns the purpose of the operation. */
    public Role role() {
        return role;
    }

    /** Returns the forward operation that this operation completes or undoes; a forward operation returns itself. */
    public BranchOp forward() {
        return switch (this) {
            case ACTION, COMPENSATE -> ACTION;
            case TRY, CONFIRM, CANCEL -> TRY;
            case PREPARE, PRE_COMMIT, COMMIT, ROLLBACK -> PREPARE;
            case DELIVER -> DELIVER;
            case CHECK -> CHECK;
        };
    }

    /** Returns the operation with the given {@link #text}; empty if there is none. */
    public static Optional<BranchOp> of(String text) {
        for (BranchOp op : values()) {
            if (op.text.equals(text)) {
                return Optional.of(op);
            }
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return text;
    }
}
