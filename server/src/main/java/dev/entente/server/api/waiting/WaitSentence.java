package dev.entente.server.api.waiting;

import dev.entente.core.decision.Decider;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.engine.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Says in one sentence what a transaction waits for. The only place: RPC, command line and console say the same. */
public final class WaitSentence {
    /** The last error's part of a sentence. */
    private static final int MAX_ERROR_CHARS = 200;

    private final Snapshot snapshot;
    private final WaitReason wait;
    private final Instant now;

    private WaitSentence(Snapshot snapshot, WaitReason wait, Instant now) {
        this.snapshot = snapshot;
        this.wait = wait;
        this.now = now;
    }

    public static String of(Snapshot snapshot, WaitReason wait, Instant now) {
        return VisibleText.of(new WaitSentence(snapshot, wait, now).text());
    }

    private String text() {
        String who = wait.participant();
        return switch (wait.kind()) {
            case PARKED -> waits() + "an operator, PARKED " + wait.lastError() + " (" + advice() + ")";
            case APPROVAL -> waits() + "a person to decide " + wait.branch() + prompt() + next(", until ");
            case CLIENT_DECISION -> waits() + "its client to commit or abort it" + next("; undone at ");
            case CHECK_BACK -> waits() + "its client's word" + checks() + next("; asks " + who + " at ");
            case START_TIME -> "waits for its start" + next(" at ");
            case BACKOFF -> waits() + who + ": " + tried() + last() + next(", next at ");
            case IN_PROGRESS ->
                waits() + who + ", which says that it is in progress" + last() + next(", asked again at ");
            case CIRCUIT_OPEN -> waits() + who + ": its circuit is open" + last();
            case CONNECTING -> waits() + "a connection to " + who + last();
            case IN_FLIGHT_LIMIT -> waits() + who + ": as many other calls as may be under way are";
            case NO_ROOM -> noRoom();
            case BLOCKED ->
                waits() + (wait.blockedBy().isEmpty() ? "an earlier message" : wait.blockedBy())
                        + ", which has the same ordering key and goes to " + who + " first";
            case CHILD -> waits() + wait.blockedBy() + " to be accepted" + last();
            case CALLING -> calling();
            case DEAD_OWNER ->
                "waits for another coordinator: " + wait.lastError() + " holds it and has given no sign of life for "
                        + age(wait.since()) + next(", taken over at the end of its lease, ");
            case NOT_SENT -> waits() + who + ": the call did not leave" + last() + next(", next at ");
        };
    }

    private String waits() {
        return "waits " + age(wait.since()) + " for ";
    }

    private String noRoom() {
        return wait.participant().isEmpty()
                ? "is due for " + age(wait.since()) + ", and no coordinator has room for it"
                : waits() + "room in memory: too many wait on " + wait.participant() + " already";
    }

    private String calling() {
        if (wait.branch().isEmpty()) {
            return "is worked on, since " + time(wait.since());
        }
        boolean isFirst = wait.attempts() == 0 && wait.lastError().isEmpty();
        String again = isFirst ? "" : (wait.attempts() == 0 ? ", " : ", after ") + tried() + last();
        return waits() + wait.participant() + "'s answer" + again;
    }

    private String checks() {
        if (wait.attempts() == 0) {
            return wait.lastError().isEmpty() ? "" : ": " + tried() + last();
        }
        return ": " + attempts() + " to ask" + last();
    }

    /** An answer that counts for no attempt, as "no such method", is no success all the same. */
    private String tried() {
        return (wait.attempts() == 0 ? "asked" : attempts()) + " without success";
    }

    private String attempts() {
        return wait.attempts() == 1 ? "1 attempt" : wait.attempts() + " attempts";
    }

    private String last() {
        return wait.lastError().isEmpty() ? "" : " (" + error() + ")";
    }

    private String error() {
        String error = wait.lastError();
        return error.length() > MAX_ERROR_CHARS ? error.substring(0, MAX_ERROR_CHARS) + "…" : error;
    }

    private String advice() {
        Parked parked = snapshot.progress().parked();
        return parked == null ? "" : parked.advice(Decider.mayAbort(snapshot.plan(), snapshot.progress()));
    }

    private String prompt() {
        int index = snapshot.plan().indexOf(wait.branch());
        Branch branch = index < 0 ? null : snapshot.plan().branches().get(index);
        Approval approval = branch == null ? null : branch.approval();
        return approval == null || approval.prompt().isEmpty() ? "" : " (" + approval.prompt() + ")";
    }

    private String next(String before) {
        Instant next = wait.nextAt();
        return next == null ? "" : before + time(next);
    }

    /** Writes a time in UTC, without its day if that is today. */
    private String time(Instant at) {
        String text = at.truncatedTo(ChronoUnit.SECONDS).toString();
        boolean isToday = at.truncatedTo(ChronoUnit.DAYS).equals(now.truncatedTo(ChronoUnit.DAYS));
        return isToday ? text.substring(text.indexOf('T') + 1) : text;
    }

    private String age(Instant since) {
        Duration age = Duration.between(since, now);
        if (age.toSeconds() < 90) {
            return Math.max(0, age.toSeconds()) + " s";
        } else if (age.toMinutes() < 90) {
            return age.toMinutes() + " min";
        }
        return age.toHours() < 48 ? age.toHours() + " h" : age.toDays() + " d";
    }
}
