package dev.entente.simulation;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.engine.EngineSettings;
import dev.entente.server.participant.BranchCall;
import dev.entente.simulation.drawing.PlanMaker.Kind;
import dev.entente.simulation.mutant.Mutant;
import dev.entente.simulation.store.Tables;
import dev.entente.simulation.world.KillPoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The record of one run as seen outside the coordinators: calls and effects at participants, answers to clients, and
 * the final states. For a judge that must know nothing of the engine. Times are virtual milliseconds.
 */
public final class RunRecording {
    private static final List<KillPoint> ALL_POINTS = List.of(KillPoint.values());
    private static final List<KillPoint> FLUSHES = List.of(KillPoint.FLUSH);

    /** By how much a coordinator's idea of the database's time is wrong at most: a round trip. */
    private static final long CLOCK_ERROR_MILLIS = 5;

    private static final long LEASE_MILLIS = EngineSettings.STANDARD.lease().toMillis();

    private final LongSupplier millis;
    private final IdentityHashMap<BranchCall, Departure> departures = new IdentityHashMap<>();
    private final Map<String, Kind> kinds = new LinkedHashMap<>();
    private final Map<String, Plan> plans = new HashMap<>();
    private final List<Arrived> arrived = new ArrayList<>();
    private final List<Answered> answered = new ArrayList<>();
    private final List<Done> done = new ArrayList<>();
    private final List<Heard> heard = new ArrayList<>();
    private final List<Standstill> standstills = new ArrayList<>();
    private final List<Sleep> sleeps = new ArrayList<>();
    private List<Ended> ended = List.of();
    /** Failovers of which nothing is released yet. */
    private final List<Long> failedOverAt = new ArrayList<>();

    /** A machine slept, and its clock with it. */
    private record Sleep(long from, long until) {
        /**
         * Tells whether writes after that time may bear an earlier one. A process that slept asks the database for the
         * time within a lease.
         */
        boolean isFeltAt(long millis) {
            return from < millis && millis < until + LEASE_MILLIS;
        }
    }

    private static final class Departure {
        private final long incarnation;
        private final boolean isFromTheDead;
        private final long leftAt;
        private long awaitedUntil;

        Departure(long incarnation, boolean isFromTheDead, long leftAt, long awaitedUntil) {
            this.incarnation = incarnation;
            this.isFromTheDead = isFromTheDead;
            this.leftAt = leftAt;
            this.awaitedUntil = awaitedUntil;
        }
    }

    /**
     * A call at its participant.
     *
     * @param isFromTheDead whether its coordinator had been declared dead when it sent it
     * @param receipt the bytes that it carried of an earlier branch's response, in hex; empty for none
     */
    public record Arrived(
            long at,
            long incarnation,
            boolean isFromTheDead,
            String gid,
            String branch,
            String op,
            int attempt,
            long fence,
            String receipt) {}

    /** A verdict that a barrier gave: done, or refused for good; of the first call or of one that came again. */
    public record Answered(long at, String gid, String branch, String op, int attempt, long fence) {}

    /** Work that a participant did; or, of a forward operation, an answer that it gave once more. */
    public record Done(long at, String gid, String branch, String op, int attempt, long fence, String receipt) {}

    /**
     * An answer to a client.
     *
     * @param askedAt when it was asked; the same as {@code at} where that does not matter
     * @param what ACCEPTED, REFUSED, ENDED, SEEN, COMMITTED, ABORTED, COMMIT_SENT, APPROVED or DISAPPROVED
     * @param state of the transaction, or empty
     */
    public record Heard(long askedAt, long at, String gid, String what, String state) {}

    /**
     * One branch of a plan that calls somebody; not the question of a message that asks back.
     *
     * @param reads the branch whose response its forward call carries; empty for none
     * @param gate the approval that stands before it; empty for none
     * @param opensOnExpiry whether that counts as given if nobody answers
     * @param lane in which its deliveries come one after another; empty for none
     * @param after the names of all that it comes after or is nested under, at any distance
     */
    public record Part(
            String name,
            boolean canBeUndone,
            String reads,
            boolean isPivot,
            String gate,
            boolean opensOnExpiry,
            String lane,
            Set<String> after) {}

    /**
     * A call on its way. It was answered {@code awaitedUntil}, or nobody waited for it any more; less what the clocks
     * of histories may be behind.
     */
    public record Flight(String gid, String branch, String op, long leftAt, long awaitedUntil) {}

    /**
     * From a failover until people had released what it had parked; less what the clocks of histories may be behind.
     */
    public record Standstill(long from, long until) {}

    /** An event of a history. */
    public record Fact(
            long at, String kind, String branch, String op, int attempt, String outcome, String stateAfter) {}

    /**
     * How a transaction stands.
     *
     * @param kind SAGA, TCC, INTERACTIVE, TWO_PHASE, MESSAGE, NOTIFICATION; MIXED where a branch is something else than
     *     a call and its undo: a pre-commit, a transaction of its own
     * @param asksBack whether it is a message that goes with a local transaction: that is {@link Done} with the
     *     operation {@code local}
     * @param state empty where there is none
     * @param branches each branch's state
     */
    public record Ended(
            String gid,
            String kind,
            boolean asksBack,
            List<Part> parts,
            String state,
            boolean isParked,
            boolean isForced,
            Map<String, String> branches,
            List<Fact> history) {}

    RunRecording(LongSupplier millis) {
        this.millis = millis;
    }

    /** The names of the rules that a run can be robbed of, and that show outside. */
    public static List<String> mutants() {
        return Arrays.stream(Mutant.values())
                .filter(mutant -> mutant != Mutant.NONE && mutant.showsOutside())
                .map(Mutant::title)
                .toList();
    }

    /**
     * Runs one seed with that mutant, or with the engine as it is. A mutant that shows to the outside only where a
     * process is killed at one kind of write is killed there.
     */
    public static RunRecording record(long seed, @Nullable String mutant) {
        Totals.silenceTheKilled();
        Mutant broken = Arrays.stream(Mutant.values())
                .filter(one -> one.title().equals(mutant == null ? Mutant.NONE.title() : mutant))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no mutant is called " + mutant));
        return broken.opensGate() ? Simulation.tape(seed, broken, FLUSHES) : Simulation.tape(seed, broken, ALL_POINTS);
    }

    /** Runs one seed with the engine as it is, killed where those mutants are. */
    public static RunRecording recordKilledAtFlush(long seed) {
        return Simulation.tape(seed, Mutant.NONE, FLUSHES);
    }

    public List<Arrived> arrived() {
        return arrived;
    }

    public List<Answered> answered() {
        return answered;
    }

    public List<Done> done() {
        return done;
    }

    public List<Heard> heard() {
        return heard;
    }

    public List<Ended> ended() {
        return ended;
    }

    public List<Flight> flights() {
        List<Flight> flights = new ArrayList<>();
        departures.forEach((call, departure) -> flights.add(
                new Flight(call.gid(), call.branch(), call.op(), departure.leftAt, told(departure.awaitedUntil))));
        return flights;
    }

    public List<Standstill> standstills() {
        return standstills.stream()
                .map(still -> new Standstill(still.from(), told(still.until())))
                .toList();
    }

    /** The earliest time that a history may tell of what was written at that one. */
    private long told(long at) {
        long slept = sleeps.stream()
                .filter(sleep -> sleep.isFeltAt(at))
                .mapToLong(sleep -> sleep.until() - sleep.from())
                .sum();
        return at - CLOCK_ERROR_MILLIS - slept;
    }

    // ---- recording

    void planned(String gid, Kind kind, Plan plan) {
        kinds.put(gid, kind);
        plans.put(gid, plan);
    }

    void left(BranchCall call, long incarnation, boolean isAlive) {
        long now = millis.getAsLong();
        departures.put(
                call,
                new Departure(incarnation, !isAlive, now, now + call.timeout().toMillis()));
    }

    /** Its caller has heard what became of it. */
    void answered(BranchCall call) {
        Departure departure = departures.get(call);
        if (departure != null) {
            departure.awaitedUntil = Math.min(departure.awaitedUntil, millis.getAsLong());
        }
    }

    void suspended(Duration duration) {
        long now = millis.getAsLong();
        sleeps.add(new Sleep(now, now + duration.toMillis()));
    }

    void failedOver() {
        failedOverAt.add(millis.getAsLong());
    }

    void released() {
        failedOverAt.forEach(at -> standstills.add(new Standstill(at, millis.getAsLong())));
        failedOverAt.clear();
    }

    void arrived(BranchCall call) {
        Departure departure = departures.getOrDefault(call, new Departure(0, false, 0, 0));
        arrived.add(new Arrived(
                millis.getAsLong(),
                departure.incarnation,
                departure.isFromTheDead,
                call.gid(),
                call.branch(),
                call.op(),
                call.attempt(),
                call.fence(),
                hex(call.request())));
    }

    void decided(BranchCall call) {
        answered.add(
                new Answered(millis.getAsLong(), call.gid(), call.branch(), call.op(), call.attempt(), call.fence()));
    }

    void did(BranchCall call, @Nullable ByteString response) {
        did(call.gid(), call.branch(), call.op(), call.attempt(), call.fence(), response);
    }

    void did(String gid, String branch, String op, int attempt, long fence, @Nullable ByteString response) {
        done.add(new Done(millis.getAsLong(), gid, branch, op, attempt, fence, response == null ? "" : hex(response)));
    }

    void told(String gid, String what, @Nullable TransactionState state) {
        long now = millis.getAsLong();
        heard.add(new Heard(now, now, gid, what, state == null ? "" : state.name()));
    }

    void shown(String gid, long askedAt, TransactionState state) {
        heard.add(new Heard(askedAt, millis.getAsLong(), gid, "SEEN", state.name()));
    }

    /** A field's value: participants answer it as field 1, and are given it as field 2. */
    private static String hex(ByteString bytes) {
        return bytes.isEmpty()
                ? ""
                : HexFormat.of().formatHex(bytes.substring(1).toByteArray());
    }

    void close(Tables tables) {
        ended = new Endings(kinds, plans).of(tables);
    }
}
