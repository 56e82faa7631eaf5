package dev.entente.simulation;

import dev.entente.core.codec.ProgressCodec;
import dev.entente.core.decision.Decide;
import dev.entente.core.decision.Effect;
import dev.entente.core.decision.Event;
import dev.entente.core.decision.Preview;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Role;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.StoredTransaction;
import dev.entente.simulation.mutant.Mutant;
import dev.entente.simulation.store.RowFollower;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Previews each operation when an engine receives it, and compares the preview with the engine's behaviour until the
 * next event. It compares the calls, the row, and the answer to the caller. It draws no random numbers and takes no
 * time. Therefore a run is the same without it.
 */
final class PreviewWatch implements RowFollower {
    private final Mutant mutant;
    private final Map<String, Previewed> open = new HashMap<>();
    private final IdentityHashMap<TransactionRequest, Preview> byRequest = new IdentityHashMap<>();
    private final List<String> mismatches = new ArrayList<>();
    private int compared;

    /** A preview, and the effects of its operation so far. */
    private static final class Previewed {
        final TransactionRequest act;
        final Preview preview;
        final @Nullable Instant switchesAt;
        final Instant offeredAt;
        final List<String> calls = new ArrayList<>();
        Instant lastAt;
        GlobalTransaction last;

        @Nullable
        List<Fact> durable;

        Previewed(TransactionRequest act, Preview preview, GlobalTransaction transaction, Instant now) {
            this.act = act;
            this.preview = preview;
            this.switchesAt = transaction.deadlineAt();
            this.offeredAt = now;
            this.lastAt = now;
            this.last = transaction;
        }

        /** Returns whether a time has passed at which more happens than was previewed. */
        boolean isOvertaken() {
            return hasCome(preview.nextAt()) || hasCome(switchesAt);
        }

        private boolean hasCome(@Nullable Instant at) {
            return at != null && at.isAfter(offeredAt) && !at.isAfter(lastAt);
        }
    }

    PreviewWatch(Mutant mutant) {
        this.mutant = mutant;
    }

    /** Returns the differences between previews and operations, for people. */
    List<String> mismatches() {
        return mismatches;
    }

    /** Returns the number of operations that were compared up to the end of their previews. */
    int compared() {
        return compared;
    }

    private static String key(long incarnation, String gid) {
        return incarnation + " " + gid;
    }

    // ---- events

    /** Observes an event before a transaction in memory processes it. */
    void comes(long incarnation, GlobalTransaction transaction, Event event, Instant now, Decide decider) {
        String key = key(incarnation, transaction.gid());
        Previewed previewed = open.get(key);
        boolean isOwn = event instanceof Event.Written
                || event instanceof Event.FlushDue
                || (event instanceof Event.Acted acted && acted.since() != null);
        if (previewed != null && isOwn) {
            previewed.lastAt = now;
        } else if (previewed != null) {
            open.remove(key);
            boolean mayLack = event instanceof Event.CallFinished end && end.outcome() instanceof Outcome.NotSent;
            if (!transaction.ownership().isWriting() && isSame(transaction, previewed.last)) {
                compare(previewed, transaction.gid(), transaction.progress(), mayLack || awaitsCapacity(previewed));
            }
        }
        boolean isWatched = mutant == Mutant.NONE || mutant == Mutant.PREVIEW_LEAVES_OUT_CALLS;
        if (isWatched && event instanceof Event.Acted acted && acted.since() == null) {
            Preview preview = Preview.of(transaction, null, acted.act(), now, decider);
            open.put(key, new Previewed(acted.act(), preview, transaction, now));
            byRequest.put(acted.act(), preview);
        }
    }

    /**
     * Returns whether no other event came in between. A row that was lost, or parked by others, took another course.
     * After the same operation by another coordinator, the facts are equal at a later revision.
     */
    private static boolean isSame(GlobalTransaction now, GlobalTransaction last) {
        return now.ownership().rev() == last.ownership().rev()
                && facts(now.progress()).equals(facts(last.progress()));
    }

    /** Returns whether a decided call has not left: a preview does not know the capacity for calls. */
    private static boolean awaitsCapacity(Previewed previewed) {
        long inFlight = previewed.last.progress().branches().stream()
                .filter(BranchProgress::isInFlight)
                .count();
        return inFlight > previewed.calls.size();
    }

    /** Observes the result of a decision. A row that was only read stays unchanged. */
    void decided(long incarnation, GlobalTransaction next) {
        String key = key(incarnation, next.gid());
        Previewed previewed = open.get(key);
        if (previewed != null) {
            previewed.last = next;
            if (!next.ownership().isHeld() && !next.ownership().isWriting()) {
                open.remove(key);
                compare(previewed, next.gid(), next.progress(), false);
            }
        }
    }

    /** Observes a call that an engine hands over. */
    void called(long incarnation, BranchCall call) {
        Previewed previewed = open.get(key(incarnation, call.gid()));
        if (previewed != null) {
            previewed.calls.add(call.branch() + " " + call.op() + " #" + call.attempt());
        }
    }

    @Override
    public void wrote(long incarnation, RowWrite write, OpenRow before, StoredTransaction after) {
        Previewed previewed = open.get(key(incarnation, before.gid()));
        if (previewed == null || isMark(write)) {
            return;
        }
        Progress stored = progress(after);
        previewed.durable = facts(stored);
        if (!(write.change() instanceof RowWrite.Flush)) {
            open.remove(key(incarnation, before.gid()));
            compare(previewed, before.gid(), stored, false);
        }
    }

    private static Progress progress(StoredTransaction stored) {
        return switch (stored) {
            case OpenRow row -> Objects.requireNonNull(StoreChecker.progress(row), "a write without progress");
            case FinishedRow row -> ProgressCodec.decode(row.progress(), PlanCodec.decodeEnded(row.plan(), row.name()));
        };
    }

    private static boolean isMark(RowWrite write) {
        return write.change() instanceof RowWrite.Release rest && rest.progress() == null;
    }

    /** Compares the answer to the operation's caller with the preview. */
    <T> CompletableFuture<T> asks(String gid, TransactionRequest act, CompletableFuture<T> answer) {
        return answer.whenComplete((_, failure) -> {
            Preview preview = byRequest.remove(act);
            if (preview == null || preview.isPutOff()) {
                return;
            }
            Refusal previewed = preview.refused();
            boolean isRefused = failure != null && ReferenceWatch.isRefused(failure);
            if (failure == null && previewed != null) {
                reportDifference(gid, act, "was done", previewed);
            } else if (isRefused
                    && (previewed == null
                            || !failure.toString().contains(previewed.code().id()))) {
                reportDifference(gid, act, "was refused: " + failure, previewed);
            }
        });
    }

    // ---- the comparison

    private void compare(Previewed previewed, String gid, Progress became, boolean mayLackCalls) {
        Preview preview = previewed.preview;
        if (previewed.isOvertaken()) {
            return;
        }
        compared++;
        Progress then = preview.after().progress();
        if (!facts(became).equals(facts(then)) || !shown(became).equals(shown(then))) {
            reportDifference(gid, previewed.act, "led to " + shown(became) + facts(became), shown(then) + facts(then));
        }
        List<String> calls = calls(preview);
        boolean areCalls = mayLackCalls ? calls.containsAll(previewed.calls) : calls.equals(previewed.calls);
        if (!areCalls) {
            reportDifference(gid, previewed.act, "called " + previewed.calls, calls);
        }
        List<Fact> durable = previewed.durable;
        int size = preview.after().ownership().durableRevision();
        boolean isWritten = durable == null
                || (durable.size() >= size
                        && durable.equals(facts(then)
                                .subList(0, Math.min(durable.size(), facts(then).size()))));
        if (!isWritten) {
            reportDifference(gid, previewed.act, "wrote " + durable, facts(then).subList(0, size));
        }
    }

    private void reportDifference(String gid, TransactionRequest act, String fact, @Nullable Object previewed) {
        mismatches.add("preview " + gid + ": " + act + " " + fact + "; previewed: " + previewed);
    }

    private static List<Fact> facts(Progress progress) {
        return progress.history().events().stream().map(HistoryEvent::fact).toList();
    }

    private static String shown(Progress progress) {
        StringBuilder shown = new StringBuilder(progress.state().name());
        shown.append(
                progress.parked() == null
                        ? ""
                        : " parked as " + progress.parked().reason());
        for (BranchProgress branch : progress.branches()) {
            shown.append(", ").append(branch.state()).append(' ').append(branch.role());
            shown.append(' ').append(branch.attempts()).append(' ').append(branch.stuck());
        }
        return shown.toString();
    }

    /** Returns the previewed calls to participants; the engine itself accepts children. */
    private List<String> calls(Preview preview) {
        List<String> calls = new ArrayList<>();
        for (Effect.Call call : preview.calls()) {
            Plan plan = preview.after().plan();
            Role role = call.role();
            Operation operation = plan.branches().get(call.branch()).operation(role);
            if (operation != null && operation.child() == null) {
                String branch = plan.branches().get(call.branch()).shownId();
                calls.add(branch + " " + plan.operationName(call.branch(), role) + " #" + call.attempt());
            }
        }
        return mutant == Mutant.PREVIEW_LEAVES_OUT_CALLS ? List.of() : calls;
    }
}
