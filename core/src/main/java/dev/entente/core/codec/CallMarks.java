package dev.entente.core.codec;

import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.Consequence;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.UnknownCode;

/** The stored bits that represent the consequence of an answer. */
final class CallMarks {
    /** An operator gave only a response that other branches need. */
    static final int RESPONSE_ONLY = 16;

    private static final int TRUSTED = 1;
    private static final int NOTHING_TO_UNDO = 2;
    private static final int STUCK = 4;
    private static final int CAUSES_UNDO = 8;
    private static final int CHILD_LEFT_OUT = 32;

    private CallMarks() {}

    static int of(Consequence consequence) {
        int trusted = consequence.isTrusted() ? TRUSTED : 0;
        return switch (consequence) {
            case Consequence.None _ -> 0;
            case Consequence.NothingToUndo _ -> NOTHING_TO_UNDO;
            case Consequence.Stuck _ -> STUCK | trusted;
            case Consequence.CausesUndo causesUndo ->
                CAUSES_UNDO | trusted | (causesUndo.isChildLeftOut() ? CHILD_LEFT_OUT : 0);
        };
    }

    /** @throws IllegalArgumentException for an invalid combination of bits */
    static Consequence consequence(int marks, int reason) {
        boolean isTrusted = (marks & TRUSTED) != 0;
        Consequence read = switch (marks & (NOTHING_TO_UNDO | STUCK | CAUSES_UNDO)) {
            case 0 -> new Consequence.None();
            case NOTHING_TO_UNDO -> new Consequence.NothingToUndo();
            case STUCK -> new Consequence.Stuck(ParkReason.of(reason), isTrusted);
            case CAUSES_UNDO -> new Consequence.CausesUndo(isTrusted, (marks & CHILD_LEFT_OUT) != 0);
            default -> throw UnknownCode.of("consequence of a call", marks);
        };
        if (of(read) != marks) {
            throw UnknownCode.of("consequence of a call", marks);
        }
        return read;
    }

    static int of(Approval.Expiry decision) {
        return switch (decision) {
            case REJECT -> CAUSES_UNDO;
            case APPROVE -> 0;
            case PARK -> STUCK;
        };
    }

    /** @throws IllegalArgumentException for bits that are invalid for an approval */
    static Approval.Expiry expiry(int marks) {
        return switch (marks) {
            case CAUSES_UNDO -> Approval.Expiry.REJECT;
            case 0 -> Approval.Expiry.APPROVE;
            case STUCK -> Approval.Expiry.PARK;
            default -> throw UnknownCode.of("end of an approval", marks);
        };
    }
}
