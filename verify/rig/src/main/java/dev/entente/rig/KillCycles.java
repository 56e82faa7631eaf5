package dev.entente.rig;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Kills a coordinator under load and starts it again, at moments that hurt. Used by one thread. */
public final class KillCycles {
    /** How many a kill should meet, so that it hurts. */
    public static final long OPEN_AT_LEAST = 50;

    /** The number of transactions that must end between two kills: by then clients have found the coordinator again. */
    private static final int TURNOVER = 30;

    private static final int DECISION_KILL_EVERY = 3;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final RigCoordinator coordinator;
    private final Target target;
    private final Random random;
    private final Consumer<String> progress;
    private final List<Long> openAtKill = new ArrayList<>();
    private final Map<String, Long> openByState = new TreeMap<>();
    private long decisionKills;
    private @Nullable HeldDecision held;

    /** The work that goes on while processes are killed. */
    public interface Target {
        /** How many transactions have ended, as their clients were told. */
        long ended();

        /** The coordinator's database. */
        AskedDatabase database();

        /** How much must be unfinished before a kill at a random moment. */
        long enough();
    }

    /**
     * The states that the kills met.
     *
     * @param openAtKill one figure per cycle: what was unfinished right after the coordinator's kill
     * @param openByState how many of them, over all cycles, were in each durable state
     * @param decisionKills cycles in which the coordinator ended between a decision and its first completion or undo
     */
    public record Toll(List<Long> openAtKill, Map<String, Long> openByState, long decisionKills) {}

    /** @param progress told a line now and then */
    public KillCycles(RigCoordinator coordinator, Target target, Random random, Consumer<String> progress) {
        this.coordinator = coordinator;
        this.target = target;
        this.random = random;
        this.progress = progress;
    }

    /** Kills the running coordinator so often, and leaves it running. Blocks. */
    public Toll run(int cycles) throws Exception {
        for (int cycle = 1; cycle <= cycles; cycle++) {
            runCycle(cycle, cycles);
        }
        return new Toll(openAtKill, openByState, decisionKills);
    }

    private void runCycle(int cycle, int cycles) throws Exception {
        boolean atDecision = kill();
        record(cycle, atDecision);
        startAgain(cycle, cycles);
    }

    private static boolean fallsAtDecision(int cycle) {
        return cycle % DECISION_KILL_EVERY == 0;
    }

    /** kill -9 at a random moment, or while a decision is held: then true. */
    private boolean kill() throws Exception {
        try (HeldDecision decision = held) {
            held = null;
            boolean atDecision =
                    decision != null && decision.await(Readiness.limit().plus(PATIENCE));
            if (decision == null) {
                awaitRandomMoment();
            } else if (!atDecision) {
                progress.accept("no decision came; killing it");
            }
            coordinator.kill();
            decisionKills += atDecision ? 1 : 0;
            return atDecision;
        }
    }

    private void awaitRandomMoment() throws Exception {
        long endedBefore = target.ended();
        Wait.until(PATIENCE, () -> target.ended() >= endedBefore + TURNOVER);
        Wait.pause(Duration.ofMillis(random.nextInt(500)));
        Wait.until(PATIENCE, this::stopsWithEnoughOpen);
    }

    /** Stopped, for between counting and killing a loaded machine may let half of them end. */
    private boolean stopsWithEnoughOpen() throws Exception {
        if (!hasEnoughOpen()) {
            return false;
        }
        coordinator.signal("STOP");
        if (hasEnoughOpen()) {
            return true;
        }
        coordinator.signal("CONT");
        return false;
    }

    private boolean hasEnoughOpen() throws Exception {
        return stored().total() >= target.enough();
    }

    private OpenTransactions stored() throws SQLException {
        return OpenTransactions.read(target.database());
    }

    private void record(int cycle, boolean atDecision) throws Exception {
        OpenTransactions open = stored();
        long unfinished = open.total();
        openAtKill.add(unfinished);
        open.byState().forEach((state, count) -> openByState.merge(state, count, Long::sum));
        progress.accept("cycle %d: %s with %d open %s"
                .formatted(cycle, atDecision ? "killed at a decision" : "killed", unfinished, open.byState()));
    }

    /** With a decision held, the coordinator may not become ready. */
    private void startAgain(int cycle, int cycles) throws Exception {
        if (cycle < cycles && fallsAtDecision(cycle + 1)) {
            held = HeldDecision.arm(target.database(), 3 + random.nextInt(10));
            var _ = coordinator.launch(Map.of());
        } else {
            coordinator.start(Map.of());
        }
    }
}
