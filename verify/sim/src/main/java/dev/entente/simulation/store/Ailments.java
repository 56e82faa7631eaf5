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
 * Rows that the simulated database refuses, rows whose bytes no program can read, programs that do not know every
 * format, and times at which the database answers nobody. Thread-safe.
 */
public final class Ailments {
    private static final ByteString NOISE = ByteString.copyFrom(new byte[] {0x0f});

    private final Set<String> cursed = new HashSet<>();
    private final Set<String> everCursed = new HashSet<>();
    private final Set<String> damaged = new HashSet<>();
    private final Set<String> everDamaged = new HashSet<>();
    private final Map<Long, Integer> known = new HashMap<>();
    private final List<String> wronglyClaimed = new ArrayList<>();
    private final List<String> wronglyDeclared = new ArrayList<>();
    private boolean isAway;
    private Instant backAt = Instant.MIN;

    /**
     * From now on what its owner writes is refused, but for a park: as by a trigger that somebody wrote for this row.
     */
    public synchronized void curse(String gid) {
        cursed.add(gid);
        everCursed.add(gid);
    }

    /** From now on the row is read with a plan that is none. */
    public synchronized void damage(String gid) {
        damaged.add(gid);
        everDamaged.add(gid);
    }

    public synchronized void heal(String gid) {
        cursed.remove(gid);
        damaged.remove(gid);
    }

    synchronized boolean isCursed(String gid) {
        return cursed.contains(gid);
    }

    public synchronized boolean wasCursed(String gid) {
        return everCursed.contains(gid);
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

    /** That incarnation's program knows formats up to this one; others know the newest. */
    public synchronized void knows(long incarnation, int format) {
        known.put(incarnation, format);
    }

    synchronized int known(long incarnation) {
        return known.getOrDefault(incarnation, PlanCodec.format());
    }

    /** Notes a claim by a program that does not know the row's format. */
    synchronized void claimed(long incarnation, OpenRow before) {
        if (before.format() > known(incarnation)) {
            wronglyClaimed.add(
                    "format " + before.gid() + ": was claimed by a program that knows " + known(incarnation));
        }
    }

    public synchronized List<String> wronglyClaimed() {
        return List.copyOf(wronglyClaimed);
    }

    // ---- the database as a whole

    /** From now on it answers nobody. */
    public synchronized void goAway() {
        isAway = true;
    }

    public synchronized void comeBack(Instant now) {
        isAway = false;
        backAt = now;
    }

    public synchronized boolean isAway() {
        return isAway;
    }

    /**
     * A process that lives was declared dead for want of a beat. While the database answered nobody, none could have
     * raised it: only what came after that counts.
     */
    synchronized void declaredDead(long incarnation, Instant now) {
        if (now.isBefore(backAt.plus(EngineSettings.STANDARD.lease()))) {
            wronglyDeclared.add(
                    "L6 " + incarnation + ": was declared dead for want of a beat, and the database is back since "
                            + backAt + " alone, at " + now);
        }
    }

    public synchronized List<String> wronglyDeclared() {
        return List.copyOf(wronglyDeclared);
    }
}
