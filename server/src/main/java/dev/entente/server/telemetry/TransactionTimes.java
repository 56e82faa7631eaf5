package dev.entente.server.telemetry;

import dev.entente.core.decision.Decision;
import dev.entente.core.decision.Effect;
import dev.entente.core.decision.Event;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Plan;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The times of one transaction since its last claim: calls, waits and commits. A transaction that rests or parks leaves
 * memory with its times, and the next claim begins again. The times of parallel branches overlap. Thread-safe.
 */
public final class TransactionTimes {
    private static final int MAX_PARTS = 12;
    private static final String LIMIT = "limit or connection";
    private static final int COMMIT = -1;

    private final LongSupplier nanos;
    private final long beganNanos;
    private final boolean isClaimedAgain;
    private final Map<String, Part> parts = new HashMap<>();
    /** The current activity of each branch, and of the writes. */
    private final Map<Integer, Activity> current = new HashMap<>();

    private record Activity(String name, long sinceNanos) {}

    private record Part(long nanos, int count) {
        Part plus(Part other) {
            return new Part(nanos + other.nanos, count + other.count);
        }

        String shown(boolean isCall) {
            return seconds(nanos) + (isCall ? " (attempts: " + count + ")" : "");
        }
    }

    TransactionTimes(GlobalTransaction transaction, Event opening, Instant now, LongSupplier nanos) {
        this.nanos = nanos;
        this.beganNanos = nanos.getAsLong();
        this.isClaimedAgain =
                !isAcceptance(opening) && transaction.progress().history().size() > 1;
        if (!isClaimedAgain) {
            long before = Duration.between(start(transaction), now).toNanos();
            parts.put(opening instanceof Event.Claimed ? "queue" : "database", new Part(before, 1));
        }
    }

    /** Returns whether the first event of a transaction in memory follows its acceptance, not a claim of its row. */
    static boolean isAcceptance(Event opening) {
        return opening instanceof Event.Proceed || opening instanceof Event.DrainDue;
    }

    /** Returns the time from which a transaction may be late: its acceptance, or a later start time of its plan. */
    static Instant start(GlobalTransaction transaction) {
        Instant start = transaction.plan().startTime();
        Instant accepted = transaction.createdAt();
        return start != null && start.isAfter(accepted) ? start : accepted;
    }

    /** Records an event and its effects. Returns the time of the call that has ended; zero if its start is unknown. */
    synchronized Duration decided(Event event, Decision decision) {
        long took = 0;
        Plan plan = decision.next().plan();
        if (event instanceof Event.CallFinished call) {
            boolean isSent = !(call.outcome() instanceof Outcome.NotSent);
            boolean isRepeated =
                    decision.next().progress().branch(call.branch()).nextAttemptAt() != null;
            if (!isSent) {
                current.computeIfPresent(call.branch(), (_, known) -> new Activity(LIMIT, known.sinceNanos));
            }
            took = begin(call.branch(), !isRepeated ? null : isSent ? "retry pauses" : LIMIT);
        } else if (event instanceof Event.Written) {
            written();
        }
        for (Effect effect : decision.effects()) {
            switch (effect) {
                case Effect.Call call ->
                    begin(
                            call.branch(),
                            "call " + plan.branches().get(call.branch()).shownId() + " "
                                    + plan.operationName(call.branch(), call.role()));
                case Effect.Flush _, Effect.Release _, Effect.Finish _ -> begin(COMMIT, "database");
                default -> {}
            }
        }
        return Duration.ofNanos(took);
    }

    /** Records that a call leaves now, after its wait for a limit or for a connection. */
    public synchronized void leaves(int branch) {
        Activity call = current.get(branch);
        if (call != null) {
            long now = nanos.getAsLong();
            parts.merge(LIMIT, new Part(now - call.sinceNanos, 0), Part::plus);
            current.put(branch, new Activity(call.name, now));
        }
    }

    /** Records that the write in progress is durable. */
    public synchronized void written() {
        begin(COMMIT, null);
    }

    private long begin(int who, @Nullable String activity) {
        long now = nanos.getAsLong();
        Activity last = activity == null ? current.remove(who) : current.put(who, new Activity(activity, now));
        if (last == null) {
            return 0;
        }
        parts.merge(last.name, new Part(now - last.sinceNanos, 1), Part::plus);
        return now - last.sinceNanos;
    }

    /** Returns the longest parts of the time, the longest first. */
    synchronized String report() {
        String longest = parts.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(
                        Comparator.comparingLong(Part::nanos).reversed()))
                .limit(MAX_PARTS)
                .map(part -> part.getKey() + " "
                        + part.getValue().shown(part.getKey().startsWith("call ")))
                .collect(Collectors.joining(", "));
        String since = seconds(nanos.getAsLong() - beganNanos);
        return isClaimedAgain
                ? longest + "; these figures cover the last " + since + ", since the last claim"
                : longest;
    }

    static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.3f s", nanos / 1e9);
    }
}
