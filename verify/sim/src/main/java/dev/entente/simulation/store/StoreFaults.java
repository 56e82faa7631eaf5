package dev.entente.simulation.store;

import com.google.protobuf.ByteString;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.EngineSettings;
import dev.entente.server.store.OpenRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The faults of the simulated database. They are rows whose writes it refuses, rows with unreadable bytes, programs
 * that do not know every format, and times without any answer. Thread-safe.
 */
public final class StoreFaults {
    private static final ByteString NOISE = ByteString.copyFrom(new byte[] {0x0f});

    private final Set<String> failing = new HashSet<>();
    private final Set<String> everFailing = new HashSet<>();
    private final Set<String> damaged = new HashSet<>();
    private final Set<String> everDamaged = new HashSet<>();
    private final Map<Long, Integer> known = new HashMap<>();
    private final List<String> wronglyClaimed = new ArrayList<>();
    private final List<String> wronglyDeclared = new ArrayList<>();
    private boolean isAway;
    private Instant availableSince = Instant.MIN;

    /** Refuses the owner's writes to the row from now on, except a park, as a trigger on this row would do. */
    public synchronized void failWrites(String gid) {
        failing.add(gid);
        everFailing.add(gid);
    }

    /** Makes reads of the row return an invalid plan from now on. */
    public synchronized void damage(String gid) {
        damaged.add(gid);
        everDamaged.add(gid);
    }

    public synchronized void heal(String gid) {
        failing.remove(gid);
        damaged.remove(gid);
    }

    synchronized boolean isFailing(String gid) {
        return failing.contains(gid);
    }

    public synchronized boolean wasFailing(String gid) {
        return everFailing.contains(gid);
    }

    public synchronized boolean isDamaged(String gid) {
        return damaged.contains(gid);
    }

    public synchronized boolean wasDamaged(String gid) {
        return everDamaged.contains(gid);
    }

    synchronized OpenRow asRead(OpenRow row) {
        return damaged.contains(row.gid()) ? new RowEdit(row).plan(NOISE).row(row.rev()) : row;
    }

    /** Limits the formats that the incarnation's program knows; other programs know the newest format. */
    public synchronized void knows(long incarnation, int format) {
        known.put(incarnation, format);
    }

    synchronized int known(long incarnation) {
        return known.getOrDefault(incarnation, PlanCodec.format());
    }

    /** Records a claim by a program that does not know the row's format. */
    synchronized void claimed(long incarnation, OpenRow before) {
        if (before.format() > known(incarnation)) {
            wronglyClaimed.add(
                    "format " + before.gid() + ": was claimed by a program that knows format " + known(incarnation));
        }
    }

    public synchronized List<String> wronglyClaimed() {
        return List.copyOf(wronglyClaimed);
    }

    // ---- faults of the complete database

    /** Stops answering all requests from now on. */
    public synchronized void goAway() {
        isAway = true;
    }

    public synchronized void comeBack(Instant now) {
        isAway = false;
        availableSince = now;
    }

    public synchronized boolean isAway() {
        return isAway;
    }

    /**
     * Records a living process that was declared dead for a missing heartbeat. While the database was unavailable, no
     * process could send one. Therefore only the time after its return counts.
     */
    synchronized void declaredDead(long incarnation, Instant now) {
        if (now.isBefore(availableSince.plus(EngineSettings.STANDARD.lease()))) {
            wronglyDeclared.add(
                    "L6 " + incarnation + ": was declared dead for a missing heartbeat, although the database is"
                            + " available again only since " + availableSince + ", at " + now);
        }
    }

    public synchronized List<String> wronglyDeclared() {
        return List.copyOf(wronglyDeclared);
    }
}
