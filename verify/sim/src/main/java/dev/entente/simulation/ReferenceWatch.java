package dev.entente.simulation;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.StoredTransaction;
import dev.entente.simulation.reference.Observation;
import dev.entente.simulation.reference.QueueOrderRules;
import dev.entente.simulation.reference.RecordEntry;
import dev.entente.simulation.reference.RulePlan;
import dev.entente.simulation.reference.RuleViolation;
import dev.entente.simulation.reference.StoredRecord;
import dev.entente.simulation.reference.StoredRecord.Stage;
import dev.entente.simulation.reference.TransactionReference;
import dev.entente.simulation.reference.wire.ApiPlan;
import dev.entente.simulation.store.RowFollower;
import dev.entente.v1.Plan;
import dev.entente.v1.TccBranch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Passes the observations of each transaction of a run to the reference, and returns the rule violations. */
final class ReferenceWatch implements RowFollower {
    /** The largest error of a coordinator's estimate of the database's time: a round trip. */
    private static final long CLOCK_ERROR_MILLIS = 20;

    private final LongSupplier millis;
    private final long timeoutMillis;
    private final Map<String, Watched> watched = new LinkedHashMap<>();
    private final List<UUID> plans = new ArrayList<>();
    private final QueueOrderRules queues = new QueueOrderRules();
    private final Map<String, Long> askedAt = new HashMap<>();
    private final List<String> early = new ArrayList<>();
    private long clockErrorMillis = CLOCK_ERROR_MILLIS;
    private int requests;

    /** One transaction. */
    private static final class Watched {
        final TransactionReference reference;
        final ApiPlan source;
        final List<String> trace = new ArrayList<>();
        final Set<String> joined = new HashSet<>();
        StoredReading reading;
        int shown;
        int accused;
        boolean hasRun;
        boolean isAtRest;

        Watched(TransactionReference reference, ApiPlan source, StoredReading reading, boolean hasRun) {
            this.reference = reference;
            this.source = source;
            this.reading = reading;
            this.hasRun = hasRun;
            this.isAtRest = !hasRun;
        }
    }

    /**
     * @param millis the clock
     * @param timeoutMillis the minimum time without a connection that counts as one attempt
     */
    ReferenceWatch(LongSupplier millis, long timeoutMillis) {
        this.millis = millis;
        this.timeoutMillis = timeoutMillis;
    }

    /** Returns the rule violations that the reference found, for people: a text for each transaction. */
    List<String> ruleViolations() {
        List<String> all = new ArrayList<>(early);
        watched.forEach((gid, one) -> {
            List<RuleViolation> found = one.reference.ruleViolations();
            if (!found.isEmpty()) {
                all.add(reported(gid, one, found));
            }
        });
        return all;
    }

    /** Returns the digest of each transaction's plan. */
    List<UUID> plans() {
        return plans;
    }

    private static String reported(String gid, Watched one, List<RuleViolation> found) {
        String first = gid + ": " + found.getFirst();
        String others = found.stream().skip(1).map(each -> "\n  and: " + each).collect(Collectors.joining());
        return first + others + "\n  observed:\n    " + String.join("\n    ", one.trace) + "\n  plan: "
                + json(one.source.plan());
    }

    private static String json(Plan plan) {
        try {
            return JsonFormat.printer().omittingInsignificantWhitespace().print(plan);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    // ---- events of participants and coordinators

    /** Increases the clock error after a machine slept: its clock may be late by the duration of the sleep. */
    void suspended(Duration duration) {
        clockErrorMillis += duration.toMillis();
        watched.keySet().forEach(gid -> report(gid, new Observation.ClocksApart(now(), clockErrorMillis)));
    }

    void called(long incarnation, BranchCall call) {
        long until = now() + call.timeout().toMillis();
        report(call.gid(), new Observation.Left(now(), incarnation, branch(call), call.op(), until));
    }

    void unreached(BranchCall call) {
        report(call.gid(), new Observation.NeverCalled(now(), branch(call), call.op()));
    }

    void answered(long incarnation, BranchCall call, Outcome outcome) {
        report(
                call.gid(),
                new Observation.Received(
                        now(),
                        incarnation,
                        branch(call),
                        call.op(),
                        StoredReading.kind(outcome),
                        StoredReading.tried(branch(call), outcome)));
    }

    /** Returns the branch id of a call, without the suffix of a second forward operation. */
    private static String branch(BranchCall call) {
        String mark = Branch.preCommitId("");
        return call.branch().endsWith(mark)
                ? call.branch().substring(0, call.branch().length() - mark.length())
                : call.branch();
    }

    /** Observes an operation at the coordinator that receives it. */
    <T> CompletableFuture<T> acts(String gid, TransactionRequest act, Supplier<CompletableFuture<T>> work) {
        Watched one = watched.get(gid);
        if (one == null) {
            return work.get();
        }
        int number = ++requests;
        report(gid, new Observation.Asked(now(), number, one.reading.request(act)));
        CompletableFuture<T> answer = work.get();
        return answer.whenComplete((_, failure) -> {
            if (failure == null || isRefused(failure)) {
                report(gid, new Observation.Replied(now(), number, failure == null));
            }
        });
    }

    /** Returns whether the request certainly had no effect; after any other failure it may have taken effect. */
    static boolean isRefused(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return cause instanceof Refusal refusal
                && refusal.code() != ErrorCode.LEASE_LOST
                && refusal.code() != ErrorCode.OWNER_UNREACHABLE
                && refusal.code() != ErrorCode.DATABASE
                && refusal.code() != ErrorCode.INTERNAL;
    }

    // ---- durable changes

    @Override
    public void asked(long incarnation, String gid) {
        askedAt.put(gid + " " + incarnation, now());
    }

    @Override
    public void accepted(OpenRow row) {
        boolean isBegun = row.state() == TransactionState.BEGUN;
        StoredReading reading = new StoredReading(row);
        ApiPlan source = new ApiPlan(plan(row.plan()), isBegun, now(), reading.subscribers());
        RulePlan rulePlan = source.rulePlan();
        Stage stage = Stage.valueOf(row.state().name());
        StoredRecord accepted = new StoredRecord(stage, List.of(), row.owner() == null, false);
        long holder = row.owner() == null ? 0 : row.owner();
        // "Switch to undo" 3: a deadline counts from when the coordinator received the request
        long transitMillis = now() - askedAt.getOrDefault(row.gid() + " " + holder, now());
        TransactionReference reference =
                new TransactionReference(rulePlan, accepted, holder, clockErrorMillis + transitMillis, timeoutMillis);
        Watched one = new Watched(reference, source, reading, holder != 0);
        watched.put(row.gid(), one);
        plans.add(UUID.nameUUIDFromBytes(row.plan().toByteArray()));
        one.trace.add(now() + " accepted " + stage + " by " + holder);
        one.joined.addAll(rulePlan.branches().stream().map(RulePlan.Branch::id).toList());
        queues.accepted(row.gid(), rulePlan).forEach(this::isFirst);
        int slash = row.gid().lastIndexOf('/');
        if (slash > 0) {
            report(
                    row.gid().substring(0, slash),
                    new Observation.ChildAccepted(now(), row.gid().substring(slash + 1)));
        }
    }

    private void isFirst(QueueOrderRules.Delivery delivery) {
        report(delivery.gid(), new Observation.FirstInQueue(now(), delivery.branch()));
    }

    @Override
    public void registered(OpenRow row) {
        Watched one = one(row.gid());
        for (TccBranch branch : plan(row.plan()).getTcc().getBranchesList()) {
            RulePlan.Branch joined = one.source.registered(branch);
            if (one.joined.add(joined.id())) {
                report(row.gid(), new Observation.Joined(now(), joined));
            }
        }
        one.reading = new StoredReading(row);
    }

    @Override
    public void claimed(long incarnation, OpenRow before) {
        Watched one = one(before.gid());
        Observation.Found found = found(one);
        one.hasRun = true;
        one.isAtRest = false;
        report(before.gid(), new Observation.Claimed(now(), incarnation, found));
    }

    /** Records a claim whose answer the owner never received: a later claimer cannot know which calls had left. */
    void unheard(OpenRow row) {
        if (row.owner() != null) {
            report(row.gid(), new Observation.Claimed(now(), row.owner(), Observation.Found.RUNNING));
        }
    }

    private static Observation.Found found(Watched one) {
        if (!one.hasRun) {
            return Observation.Found.NEVER_RUN;
        }
        return one.isAtRest ? Observation.Found.AT_REST : Observation.Found.RUNNING;
    }

    @Override
    public void wrote(long incarnation, RowWrite write, OpenRow before, StoredTransaction after) {
        Watched one = one(before.gid());
        if (after instanceof OpenRow row && !row.plan().equals(before.plan())) {
            registered(row);
        }
        StoredRecord stored = one.reading.record(write, before);
        boolean takesOver = write.takes() && found(one) == Observation.Found.RUNNING;
        if (takesOver) {
            claimed(incarnation, before);
        }
        one.hasRun = true;
        // a mark alone does not show which calls had left before
        boolean isMarkAlone = write.change() instanceof RowWrite.Release rest && rest.progress() == null;
        one.isAtRest = stored.isResting() && !isMarkAlone;
        report(before.gid(), new Observation.Written(now(), incarnation, write.takes() && !takesOver, stored));
        List<QueueOrderRules.Delivery> free = new ArrayList<>();
        // an aborted message blocks no others, even if its end takes long
        if (write.change() instanceof RowWrite.Finish || stored.stage() == Stage.UNDOING) {
            free.addAll(queues.ended(before.gid()));
        }
        StoredReading.ended(stored).forEach(branch -> free.addAll(queues.ended(before.gid(), branch)));
        free.forEach(this::isFirst);
    }

    @Override
    public void failedOver(String gid) {
        // commits may be lost: it is unknown which calls had left, and whether it had run
        one(gid).hasRun = true;
        one(gid).isAtRest = false;
    }

    private Watched one(String gid) {
        Watched one = watched.get(gid);
        if (one == null) {
            throw new IllegalStateException("no accepted transaction " + gid);
        }
        return one;
    }

    private void report(String gid, Observation seen) {
        Watched one = watched.get(gid);
        if (one == null) {
            if (seen instanceof Observation.Left) {
                early.add(gid + ": a call left before the accept: " + seen);
            }
            return;
        }
        one.trace.add(line(one, seen));
        one.reference.saw(seen);
        List<RuleViolation> found = one.reference.ruleViolations();
        found.subList(one.accused, found.size()).forEach(violation -> one.trace.add("HERE: " + violation));
        one.accused = found.size();
    }

    private static String line(Watched one, Observation seen) {
        if (!(seen instanceof Observation.Written written)) {
            return String.valueOf(seen);
        }
        List<RecordEntry> entries = written.stored().entries();
        int shown = Math.min(one.shown, entries.size());
        one.shown = entries.size();
        return "Written[at=" + written.at() + ", coordinator=" + written.coordinator()
                + (written.takes() ? ", takes the row" : "") + (written.stored().isResting() ? ", releases it" : "")
                + ", " + written.stored().stage() + ", new: " + entries.subList(shown, entries.size()) + "]";
    }

    private long now() {
        return millis.getAsLong();
    }

    private static Plan plan(ByteString stored) {
        try {
            return Plan.parseFrom(stored);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }
}
