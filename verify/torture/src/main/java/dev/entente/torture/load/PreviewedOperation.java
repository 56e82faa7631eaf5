package dev.entente.torture.load;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.entente.torture.machine.CallRecords.Line;
import dev.entente.v1.OperationPreview;
import dev.entente.v1.PreviewActRequest;
import dev.entente.v1.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * An action and its preview, to compare the preview with all observations.
 *
 * @param examined the time of the preview's request, in milliseconds since the epoch
 * @param askedAt the time of the action's request, in milliseconds since the epoch
 */
record PreviewedOperation(PreviewActRequest act, OperationPreview preview, long examined, long askedAt) {
    /** Shorter than any call's timeout: a call within this time and before any answer results from the action. */
    private static final long AT_ONCE_MILLIS = 400;
    /** The accuracy with which coordinators know the database's clock. */
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

    /** Returns whether only an operation can change the transaction: finished, or parked without calls in flight. */
    boolean isAtRest() {
        boolean isStill = before().hasParked()
                && before().getCoordinator().isEmpty()
                && !before().hasDueTime()
                && preview.getInFlightCount() == 0;
        return before().getTerminal() || isStill;
    }

    /** Returns whether a deadline or a due time falls between the preview and {@code untilMillis}. */
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
        return isSet && millis >= examined - ABOUT_MILLIS && millis <= untilMillis + ABOUT_MILLIS;
    }

    /**
     * Returns whether the action ran after the answer to a call that was sent after the preview. Sending a call changes
     * neither revision nor fence. Only actions that wait for the answers to calls in flight can do this.
     */
    boolean hasAwaited(Transaction then) {
        boolean mayAwait = act.hasAbort() || act.hasForceFinish() || act.hasResolve() || act.hasSkip();
        return mayAwait
                && then.getHistoryList().stream()
                        .anyMatch(event -> event.getRevision() == preview.getRevision() + 1
                                && event.getKind().equals("CALL_FINISHED"));
    }

    /** Returns whether the action is recorded. A repeated decision is only answered, not recorded. */
    boolean isRecorded() {
        return !preview.hasRefused() && after().getRevision() > preview.getRevision();
    }

    /** Returns whether the transaction has changed, according to another preview of the same action. */
    boolean hasMoved(OperationPreview now) {
        return now.getRevision() != preview.getRevision() || now.getFence() != preview.getFence();
    }

    /** Returns the difference between a refusal and the preview. */
    List<String> refusedWith(String message) {
        boolean isPreviewed =
                preview.hasRefused() && message.contains(preview.getRefused().getMessage());
        return isPreviewed ? List.of() : List.of(violation("was refused: " + message));
    }

    /**
     * Returns the differences between the action and its preview.
     *
     * @param answer to the action
     * @param then the transaction as read later, with its history
     */
    List<String> doneWith(Transaction answer, Transaction then) {
        List<String> violations = new ArrayList<>();
        if (preview.hasRefused()) {
            violations.add(violation("was done"));
        } else if (answer.getRevision() < after().getRevision()) {
            violations.add(violation("returned revision " + answer.getRevision()));
        } else if (answer.getRevision() == after().getRevision()
                && !state(answer).equals(state(after()))) {
            violations.add(violation("returned " + state(answer)));
        }
        boolean isOnRecord = then.getHistoryList().stream()
                .anyMatch(event ->
                        event.getRevision() == after().getRevision() && event.getStateAfter() == after().getState());
        if (!isOnRecord && !preview.hasRefused()) {
            violations.add(violation("led to another history: " + then.getHistoryList()));
        }
        return violations;
    }

    private static String state(Transaction transaction) {
        return transaction.getState() + " " + transaction.getParked().getReason();
    }

    /** Returns whether nothing happens after the action until the next operation. */
    boolean leavesItAtRest() {
        boolean isStill = after().getTerminal() || after().hasParked();
        return isStill && preview.getCallsCount() == 0 && preview.getInFlightCount() == 0 && !preview.hasNextTime();
    }

    /** Returns the previewed row: the number of the state, and the reason for which the transaction is parked. */
    String row() {
        String parked = after().hasParked() ? after().getParked().getReason().name() : "";
        return (after().getTerminal() ? "ended " : "open ") + after().getState().getNumber() + " " + parked;
    }

    /** Returns the previewed calls that must eventually arrive. */
    List<String> calls() {
        return preview.hasRefused() ? List.of() : calls(false);
    }

    private List<String> calls(boolean alsoInTurn) {
        return preview.getCallsList().stream()
                .filter(call -> alsoInTurn || !call.getIfFirstInQueue())
                .filter(call -> !call.getParticipant().isEmpty())
                .map(call -> "%s %s %d".formatted(call.getBranch(), call.getOp(), call.getAttempt()))
                .toList();
    }

    /** Returns whether this line of a record may belong to a call that the action caused. */
    boolean isSince(Line line) {
        return line.at() >= askedAt;
    }

    /**
     * Returns the calls that left because of the action, before any other event, and that the preview lacks. Returns
     * none if a coordinator was active: a call that waited for a write or a connection may have left before the action,
     * and changes neither revision nor fence.
     *
     * @param lines of the call records, about this transaction
     * @param then the transaction as read later, with its history
     */
    List<String> unpreviewed(List<Line> lines, Transaction then) {
        boolean isBlocked = before().getBranchesList().stream()
                .anyMatch(branch -> !branch.getBlockedBy().isEmpty());
        boolean isAtWork = !before().getCoordinator().isEmpty() || preview.getInFlightCount() > 0;
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
        Set<String> previewed = preview.hasRefused() ? Set.of() : Set.copyOf(calls(true));
        return isOvertaken(until)
                ? List.of()
                : lines.stream()
                        .filter(line -> !line.isAnswer() && isSince(line) && line.at() < until)
                        .map(Line::call)
                        .filter(call -> !previewed.contains(call))
                        .map(call -> violation("caused the call " + call))
                        .toList();
    }

    /** Returns whether a ledger was called for this operation: a step's own transaction calls no ledger. */
    private static boolean isInBook(String operation, List<Line> lines) {
        return lines.stream().anyMatch(line -> line.call().startsWith(operation + " "));
    }

    /** Describes a difference between preview and action, for people. */
    String violation(String fact) {
        String previewed = preview.hasRefused()
                ? preview.getRefused().getMessage()
                : state(after())
                        + preview.getCallsList().stream()
                                .map(call ->
                                        ", call " + call.getBranch() + " " + call.getOp() + " " + call.getAttempt())
                                .collect(Collectors.joining());
        return "preview of " + act + ": the operation " + fact + "; previewed: " + previewed;
    }
}
