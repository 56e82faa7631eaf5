package dev.entente.simulation;

import dev.entente.core.transaction.Pattern;
import dev.entente.simulation.drawing.CallEnd;
import java.util.Arrays;

/**
 * Reasons why no branch of some kinds can come to some ends. Where nothing rules an end out, it can be, at every crash
 * point.
 */
enum Impossible {
    ONE_OPERATION_ALONE("a saga's steps, deliveries and questions have nothing to complete"),
    WITHOUT_UNDO("its plan has no undo for it"),
    POINT_OF_NO_RETURN("from its success on nothing turns, and unless its no can be believed it is asked again"),
    ANSWERED_BY_A_PERSON("a person says yes or no, or nothing in time"),
    ACCEPTED_BY_THE_COORDINATOR("the coordinator accepts the child itself: nobody is there to say no"),
    TRIED_BY_OTHERS("its client or its parent's participant tries it: the coordinator hears no outcome of that"),
    SETTLED_WITH_ITS_PREPARE("its prepare is committed or rolled back"),
    SENT_FOR_GOOD("what is published or asked has no way back"),
    NO_IS_ASKED_AGAIN("a no to a notification is asked again up to the limit, and counts as failed then");

    private final String reason;

    Impossible(String reason) {
        this.reason = reason;
    }

    /** Returns the reason, for people. */
    String reason() {
        return reason;
    }

    /** Tells whether this is a reason why a branch of that kind cannot come to that end. */
    boolean rulesOut(StepKind kind, CallEnd end) {
        return concerns(kind) && excludes(end);
    }

    /** Tells whether there is any reason. */
    static boolean isRuledOut(StepKind kind, CallEnd end) {
        return Arrays.stream(values()).anyMatch(reason -> reason.rulesOut(kind, end));
    }

    private boolean concerns(StepKind kind) {
        return switch (this) {
            case ONE_OPERATION_ALONE -> kind.pattern() == Pattern.SAGA || isSent(kind);
            case WITHOUT_UNDO -> kind == StepKind.SAGA_ACTION_WITHOUT_UNDO || kind == StepKind.SAGA_APPROVAL;
            case POINT_OF_NO_RETURN -> kind == StepKind.SAGA_PIVOT;
            case ANSWERED_BY_A_PERSON -> kind == StepKind.SAGA_APPROVAL;
            case ACCEPTED_BY_THE_COORDINATOR -> kind == StepKind.SAGA_MESSAGE || kind == StepKind.SAGA_NOTIFICATION;
            case TRIED_BY_OTHERS ->
                kind == StepKind.TCC_REGISTERED_CHILD
                        || kind == StepKind.INTERACTIVE_BRANCH
                        || kind == StepKind.INTERACTIVE_CHILD;
            case SETTLED_WITH_ITS_PREPARE -> kind == StepKind.THREE_PHASE_PRE_COMMIT;
            case SENT_FOR_GOOD -> isSent(kind);
            case NO_IS_ASKED_AGAIN -> kind.pattern() == Pattern.NOTIFICATION;
        };
    }

    private boolean excludes(CallEnd end) {
        return switch (this) {
            case ONE_OPERATION_ALONE -> end == CallEnd.COMPLETED;
            case WITHOUT_UNDO, POINT_OF_NO_RETURN, SENT_FOR_GOOD -> end == CallEnd.UNDONE;
            case ANSWERED_BY_A_PERSON -> end == CallEnd.FAILED;
            case ACCEPTED_BY_THE_COORDINATOR ->
                end == CallEnd.REJECTED || end == CallEnd.FAILED || end == CallEnd.EXHAUSTED;
            case TRIED_BY_OTHERS -> end != CallEnd.COMPLETED && end != CallEnd.UNDONE;
            case SETTLED_WITH_ITS_PREPARE -> end == CallEnd.COMPLETED || end == CallEnd.UNDONE;
            case NO_IS_ASKED_AGAIN -> end == CallEnd.REJECTED;
        };
    }

    private static boolean isSent(StepKind kind) {
        return kind.pattern() == Pattern.MESSAGE || kind.pattern() == Pattern.NOTIFICATION;
    }
}
