package dev.entente.core.decision;

import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Ownership;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Role;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The effect of a request now, up to the next answer of a participant or the next point in time. The production decider
 * computes the effect on a copy. No call leaves, and there is no write.
 *
 * @param revision the transaction's revision at the preview; a request can require this revision
 * @param inFlight calls that may already be in flight, by branch
 * @param refused why the request is refused, or null
 * @param isPutOff whether the request is deferred, because of calls in flight here or of a dead owner
 * @param isIdle whether the request would change nothing
 * @param calls the calls that leave at once, in order
 * @param positionChecks deliveries, by branch, for which the engine checks the queue position; their calls may leave
 *     then
 * @param after the transaction after the request
 * @param nextAt when the transaction continues or the request is checked again; null if only an answer or
 *     another request continues the transaction
 */
public record Preview(
        int revision,
        List<Sent> inFlight,
        @Nullable Refusal refused,
        boolean isPutOff,
        boolean isIdle,
        List<Effect.Call> calls,
        List<Integer> positionChecks,
        GlobalTransaction after,
        @Nullable Instant nextAt) {

    /**
     * A call that may be in flight.
     *
     * @param attempt from 1; 0 for a call that an owner may have made before it died
     * @param until the latest end of a dead owner's call; otherwise null
     */
    public record Sent(
            int branch, Role role, int attempt, @Nullable Instant until) {}

    /**
     * Computes the effect of the request.
     *
     * @param opening an event before any request, such as the claim of the row; or null
     * @param decider the production decider
     */
    public static Preview of(
            GlobalTransaction transaction,
            @Nullable Event opening,
            TransactionRequest request,
            Instant now,
            Decide decider) {
        return new Rehearsal(transaction, request, now, decider).play(opening);
    }

    /**
     * Returns the preview of a request behind another request, which waits for calls. The decision about this request
     * follows after the answer to the other request.
     */
    public static Preview behindAnother(GlobalTransaction transaction, Instant now) {
        int revision = transaction.progress().revision();
        List<Sent> inFlight = inFlight(transaction, now);
        return new Preview(revision, inFlight, null, true, false, List.of(), List.of(), transaction, null);
    }

    /** Returns this preview with another time of continuation. */
    public Preview at(@Nullable Instant next) {
        return new Preview(revision, inFlight, refused, isPutOff, isIdle, calls, positionChecks, after, next);
    }

    /** Returns the calls that may be in flight: calls of this coordinator, and of owners that died. */
    private static List<Sent> inFlight(GlobalTransaction transaction, Instant now) {
        List<Sent> sent = new ArrayList<>();
        for (int i = 0; i < transaction.progress().branches().size(); i++) {
            BranchProgress branch = transaction.progress().branch(i);
            if (branch.isInFlight()) {
                sent.add(new Sent(i, branch.role(), branch.attempts() + 1, null));
            }
        }
        InFlightCalls.ofDeadOwners(transaction.plan(), transaction.progress(), now)
                .forEach(call -> sent.add(new Sent(call.branch(), call.role(), 0, call.until())));
        sent.sort(Comparator.comparingInt(Sent::branch));
        return List.copyOf(sent);
    }

    /**
     * One request on a copy of a transaction. Delivers the events that the engine would deliver at once if each write
     * succeeds: the opening, the request, finished writes, and a deferred request again.
     */
    private static final class Rehearsal {
        /** Far more events than any request needs: each write allows one more step of the plan. */
        private static final int MAX_EVENTS = 10_000;

        private final TransactionRequest request;
        private final Instant now;
        private final Decide decider;
        private final List<Effect.Call> calls = new ArrayList<>();
        private final List<Integer> positionChecks = new ArrayList<>();
        private GlobalTransaction at;
        private boolean isOffered;
        private int revision;
        private List<Sent> inFlight = List.of();
        private @Nullable Refusal refused;
        private boolean isPutOff;
        private boolean isIdle;
        private int awaitedRevision;
        private @Nullable Instant nextAt;

        Rehearsal(GlobalTransaction transaction, TransactionRequest request, Instant now, Decide decider) {
            this.at = transaction;
            this.request = request;
            this.now = now;
            this.decider = decider;
        }

        Preview play(@Nullable Event opening) {
            Event event = opening == null ? offer() : opening;
            for (int i = 0; event != null; i++) {
                if (i == MAX_EVENTS) {
                    throw new IllegalStateException(
                            "'" + at.gid() + "' does not come to rest in a preview of " + request);
                }
                step(event);
                event = next(event);
            }
            leave();
            return new Preview(
                    revision,
                    inFlight,
                    refused,
                    isPutOff,
                    isIdle,
                    List.copyOf(calls),
                    List.copyOf(positionChecks),
                    at,
                    nextAt);
        }

        private Event offer() {
            isOffered = true;
            revision = at.progress().revision();
            inFlight = inFlight(at, now);
            return new Event.Acted(request, null);
        }

        private void step(Event event) {
            isPutOff &= !(event instanceof Event.Acted);
            nextAt = null;
            Decision decision = decider.decide(at, event, now, 0);
            at = decision.next();
            for (Effect effect : decision.effects()) {
                switch (effect) {
                    case Effect.Call call -> calls.add(call);
                    case Effect.AwaitPosition await -> positionChecks.add(await.branch());
                    case Effect.Release rest -> nextAt = rest.dueAt();
                    case Effect.Wake wake ->
                        nextAt = nextAt == null || wake.at().isBefore(nextAt) ? wake.at() : nextAt;
                    case Effect.Defer _ -> isPutOff = true;
                    case Effect.Refuse refuse -> refused = refuse.refusal();
                    case Effect.Recorded recorded -> {
                        awaitedRevision = recorded.revision();
                        isIdle = recorded.isIdle();
                    }
                    case Effect.Flush _, Effect.Finish _ -> {}
                }
            }
        }

        /**
         * Returns the next event that a mailbox would process; null for none. If the transaction leaves memory before
         * the request, the request applies to the stored row.
         */
        private @Nullable Event next(Event last) {
            if (!isOffered) {
                leave();
                return offer();
            }
            Ownership ownership = at.ownership();
            if (ownership.isLeaving()) {
                return null;
            }
            boolean isAct = last instanceof Event.Acted;
            if (isPutOff && !isAct) {
                return new Event.Acted(request, now);
            }
            if (ownership.isWriting()) {
                return new Event.Written(ownership.rev() + 1);
            }
            boolean isVolatile = awaitedRevision > ownership.durableRevision();
            return isVolatile && !(last instanceof Event.FlushDue) ? new Event.FlushDue() : null;
        }

        private void leave() {
            Ownership ownership = at.ownership();
            if (ownership.isLeaving()) {
                at = at.with(
                        Ownership.unheld(ownership.rev() + 1, ownership.write().revision()));
            }
        }
    }
}
