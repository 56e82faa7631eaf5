package dev.entente.torture.load;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.entente.torture.machine.CallBooks.Line;
import dev.entente.v1.ActPreview;
import dev.entente.v1.PreviewActRequest;
import dev.entente.v1.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * An act as its preview told of it, to be held against all that was seen of it then.
 *
 * @param lookedAt when the preview was asked for, in milliseconds since the epoch
 * @param askedAt when the act was asked for
 */
record ForetoldAct(PreviewActRequest act, ActPreview preview, long lookedAt, long askedAt) {
    /** Shorter than any call's timeout: what leaves in it and follows no answer follows the act. */
    private static final long AT_ONCE_MILLIS = 400;
    /** Coordinators know the database's clock about as well. */
    private static final long ABOUT_MILLIS = 100;

    String gid() {
        return preview.getGid();
    }

    private Transaction before() {
        return preview.getBefore();
    }

    private Transaction after() {
        return preview.getAfter();
    }

    /** Tells whether only an act can change it: it has ended, or stands parked and nothing is under way. */
    boolean isAtRest() {
        boolean isStill = before().hasParked()
                && before().getCoordinator().isEmpty()
                && !before().hasDueTime()
                && preview.getUnderWayCount() == 0;
        return before().getTerminal() || isStill;
    }

    /** Tells whether more happens by the clock until then than was foretold. */
    boolean isOvertaken(long untilMillis) {
        return hasCome(before().hasDeadlineTime(), before().getDeadlineTime(), untilMillis)
                || hasCome(before().hasDueTime(), before().getDueTime(), untilMillis)
                || hasCome(preview.hasNextTime(), preview.getNextTime(), untilMillis)
                || before().getBranchesList().stream()
                        .anyMatch(branch ->
                                hasCome(branch.hasNextAttemptTime(), branch.getNextAttemptTime(), untilMillis));
    }

    private boolean hasCome(boolean isSet, Timestamp at, long untilMillis) {
        long millis = Timestamps.toMillis(at);
        return isSet && millis >= lookedAt - ABOUT_MILLIS && millis <= untilMillis + ABOUT_MILLIS;
    }

    /**
     * Tells whether the act was done after the answer to a call that was sent after the preview. Sending a call changes
     * neither revision nor fence; these acts await the answers to the calls in flight.
     */
    boolean hasAwaited(Transaction then) {
        boolean mayAwait = act.hasAbort() || act.hasForceFinish() || act.hasResolve() || act.hasSkip();
        return mayAwait
                && then.getHistoryList().stream()
                        .anyMatch(event -> event.getRevision() == preview.getRevision() + 1
                                && event.getKind().equals("CALL_FINISHED"));
    }

    /** Tells whether it puts anything on record: what was decided before is answered, and that is all. */
    boolean isRecorded() {
        return !preview.hasRefused() && after().getRevision() > preview.getRevision();
    }

    /** Tells whether something had come in between, by another preview of the same act. */
    boolean hasMoved(ActPreview now) {
        return now.getRevision() != preview.getRevision() || now.getFence() != preview.getFence();
    }

    /** Returns what was not refused as it was foretold. */
    List<String> refusedWith(String message) {
        boolean isForetold =
                preview.hasRefused() && message.contains(preview.getRefused().getMessage());
        return isForetold ? List.of() : List.of(lie("was refused: " + message));
    }

    /**
     * Returns what did not come as it was foretold.
     *
     * @param answer to the act
     * @param then as it was asked for later, with its history
     */
    List<String> doneWith(Transaction answer, Transaction then) {
        List<String> lies = new ArrayList<>();
        if (preview.hasRefused()) {
            lies.add(lie("was done"));
        } else if (answer.getRevision() < after().getRevision()) {
            lies.add(lie("was answered at revision " + answer.getRevision()));
        } else if (answer.getRevision() == after().getRevision()
                && !state(answer).equals(state(after()))) {
            lies.add(lie("was answered: " + state(answer)));
        }
        boolean isOnRecord = then.getHistoryList().stream()
                .anyMatch(event ->
                        event.getRevision() == after().getRevision() && event.getStateAfter() == after().getState());
        if (!isOnRecord && !preview.hasRefused()) {
            lies.add(lie("stands in its history: " + then.getHistoryList()));
        }
        return lies;
    }

    private static String state(Transaction transaction) {
        return transaction.getState() + " " + transaction.getParked().getReason();
    }

    /** Tells whether nothing happens after the act until another one. */
    boolean leavesItAtRest() {
        boolean isStill = after().getTerminal() || after().hasParked();
        return isStill && preview.getCallsCount() == 0 && preview.getUnderWayCount() == 0 && !preview.hasNextTime();
    }

    /** Returns its row as it was foretold: its state's number, and the reason for which it is parked. */
    String row() {
        String parked = after().hasParked() ? after().getParked().getReason().name() : "";
        return (after().getTerminal() ? "ended " : "open ") + after().getState().getNumber() + " " + parked;
    }

    /** Returns the calls that must have arrived by and by. */
    List<String> calls() {
        return preview.hasRefused() ? List.of() : calls(false);
    }

    private List<String> calls(boolean alsoInTurn) {
        return preview.getCallsList().stream()
                .filter(call -> alsoInTurn || !call.getIfItsTurn())
                .filter(call -> !call.getParticipant().isEmpty())
                .map(call -> "%s %s %d".formatted(call.getBranch(), call.getOp(), call.getAttempt()))
                .toList();
    }

    /** Tells whether that line of a book may be about what the act had called. */
    boolean isSince(Line line) {
        return line.at() >= askedAt;
    }

    /**
     * Returns calls that left because of it and were not foretold: before anything else had happened. Not where a
     * coordinator was at work: what waited for a write or a connection may have left before the act, which moves neither
     * revision nor fence.
     *
     * @param lines of the books, about its transaction
     * @param then with its history, later
     */
    List<String> unforetold(List<Line> lines, Transaction then) {
        boolean isBlocked = before().getBranchesList().stream()
                .anyMatch(branch -> !branch.getBlockedBy().isEmpty());
        boolean isAtWork = !before().getCoordinator().isEmpty() || preview.getUnderWayCount() > 0;
        if (isBlocked || isAtWork || (preview.hasRefused() && !isAtRest())) {
            return List.of();
        }
        long answeredAt = lines.stream()
                .filter(Line::isAnswer)
                .filter(this::isSince)
                .mapToLong(Line::at)
                .min()
                .orElse(Long.MAX_VALUE);
        long elseAt = then.getHistoryList().stream()
                .filter(event -> event.getRevision() > after().getRevision()
                        && !(event.getKind().equals("CALL_FINISHED")
                                && isInBook(event.getBranch() + " " + event.getOp(), lines)))
                .mapToLong(event -> Timestamps.toMillis(event.getTime()) - ABOUT_MILLIS)
                .min()
                .orElse(Long.MAX_VALUE);
        long until = Math.min(Math.min(answeredAt, elseAt), askedAt + AT_ONCE_MILLIS);
        Set<String> foretold = preview.hasRefused() ? Set.of() : Set.copyOf(calls(true));
        return isOvertaken(until)
                ? List.of()
                : lines.stream()
                        .filter(line -> !line.isAnswer() && isSince(line) && line.at() < until)
                        .map(Line::call)
                        .filter(call -> !foretold.contains(call))
                        .map(call -> lie("called " + call))
                        .toList();
    }

    /** Tells whether a ledger was called for that operation of a branch: a step's own transaction is accepted elsewhere. */
    private static boolean isInBook(String operation, List<Line> lines) {
        return lines.stream().anyMatch(line -> line.call().startsWith(operation + " "));
    }

    /** Tells people of what was not as foretold. */
    String lie(String fact) {
        String foretold = preview.hasRefused()
                ? preview.getRefused().getMessage()
                : state(after())
                        + preview.getCallsList().stream()
                                .map(call ->
                                        ", call " + call.getBranch() + " " + call.getOp() + " " + call.getAttempt())
                                .collect(Collectors.joining());
        return "preview of " + act + " " + fact + "; foretold: " + foretold;
    }
}
