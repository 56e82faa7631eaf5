package dev.entente.participant;

import java.util.Optional;

/** The operation of a branch that a call asks for. Its {@link #text} is the metadata {@code entente-op}. */
public enum BranchOp {
    /** A saga step's forward call. */
    ACTION("action", Role.FORWARD),
    /** Takes an {@link #ACTION} back. */
    COMPENSATE("compensate", Role.UNDO),
    /** TCC's forward call: checks and reserves. */
    TRY("try", Role.FORWARD),
    /** Makes a {@link #TRY} good. */
    CONFIRM("confirm", Role.COMPLETION),
    /** Lets a {@link #TRY} go. */
    CANCEL("cancel", Role.UNDO),
    /** Two-phase commit's forward call. */
    PREPARE("prepare", Role.FORWARD),
    /** Three-phase commit's announcement. */
    PRE_COMMIT("pre_commit", Role.COMPLETION),
    /** Makes a {@link #PREPARE} good. */
    COMMIT("commit", Role.COMPLETION),
    /** Takes a {@link #PREPARE} back. */
    ROLLBACK("rollback", Role.UNDO),
    /** Hands over a message or notification. */
    DELIVER("deliver", Role.FORWARD),
    /** Asks whether a local transaction was committed. */
    CHECK("check", Role.QUESTION);

    /** The purpose of an operation, the same for all patterns. */
    public enum Role {
        /** Does the branch's work, or reserves it. */
        FORWARD,
        /** Makes forward work good after the decision to commit. */
        COMPLETION,
        /** Takes forward work back. */
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

    /** As the metadata has it, such as {@code pre_commit}. */
    public String text() {
        return text;
    }

    /** Returns the purpose of the operation. */
    public Role role() {
        return role;
    }

    /** The forward operation that this one completes or takes back; itself if it goes forward. */
    public BranchOp forward() {
        return switch (this) {
            case ACTION, COMPENSATE -> ACTION;
            case TRY, CONFIRM, CANCEL -> TRY;
            case PREPARE, PRE_COMMIT, COMMIT, ROLLBACK -> PREPARE;
            case DELIVER -> DELIVER;
            case CHECK -> CHECK;
        };
    }

    /** The operation of that {@link #text}, if there is one. */
    public static Optional<BranchOp> of(String text) {
        for (BranchOp op : values()) {
            if (op.text.equals(text)) {
                return Optional.of(op);
            }
        }
        return Optional.empty();
    }

    /** Its {@link #text}. */
    @Override
    public String toString() {
        return text;
    }
}
