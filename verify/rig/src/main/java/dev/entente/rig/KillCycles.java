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

/** Kills a coordinator under load at critical moments and starts it again. Used by one thread. */
public final class KillCycles {
    /** The recommended minimum of open transactions at a kill. */
    public static final long OPEN_AT_LEAST = 50;

    /** The number of transactions that must end between two kills. It shows that clients have reconnected. */
    private static final int TURNOVER = 30;

    private static final int DECISION_KILL_EVERY = 3;

    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final RigCoordinator coordinator;
    private final Target target;
    private final Random random;
    private final Consumer<String> progress;
    private final List<Long> openAtKill = new ArrayList<>();
    private final Map<String, Long> openByState = new TreeMap<>();
    private long decisionKills;
    private @Nullable HeldDecision held;

    /** The work that continues while processes are killed. */
    public interface Target {
        /** Returns the number of finished transactions according to the responses to the clients. */
        long ended();

        /** Returns the coordinator's database. */
        SqlDatabase database();

        /** Returns the number of unfinished transactions that a kill at a random moment requires. */
        long enough();
    }

    /**
     * The states of the transactions at the moments of the kills.
     *
     * @param openAtKill per cycle, the number of unfinished transactions right after the coordinator's kill
     * @param openByState the number of these transactions per durable state, over all cycles
     * @param decisionKills cycles in which the coordinator ended between a decision and its first completion or undo
     */
    public record KillStates(List<Long> openAtKill, Map<String, Long> openByState, long decisionKills) {}

    /** @param progress receives a line of progress per cycle */
    public KillCycles(RigCoordinator coordinator, Target target, Random random, Consumer<String> progress) {
        this.coordinator = coordinator;
        this.target = target;
        this.random = random;
        this.progress = progress;
    }

    /** Kills the running coordinator that many times, and leaves it running. Blocks. */
    public KillStates run(int cycles) throws Exception {
        for (int cycle = 1; cycle <= cycles; cycle++) {
            runCycle(cycle, cycles);
        }
        return new KillStates(openAtKill, openByState, decisionKills);
    }

    private void runCycle(int cycle, int cycles) throws Exception {
        boolean atDecision = kill();
        record(cycle, atDecision);
        startAgain(cycle, cycles);
    }

    private static boolean fallsAtDecision(int cycle) {
        return cycle % DECISION_KILL_EVERY == 0;
    }

    /** Sends kill -9 at a random moment, or while a decision is held; returns true for a held decision. */
    private boolean kill() throws Exception {
        try (HeldDecision decision = held) {
            held = null;
            boolean atDecision =
                    decision != null && decision.await(Readiness.limit().plus(TIMEOUT));
            if (decision == null) {
                awaitRandomMoment();
            } else if (!atDecision) {
                progress.accept("no decision within the limit; killing the coordinator");
            }
            coordinator.kill();
            decisionKills += atDecision ? 1 : 0;
            return atDecision;
        }
    }

    private void awaitRandomMoment() throws Exception {
        long endedBefore = target.ended();
        Wait.until(TIMEOUT, () -> target.ended() >= endedBefore + TURNOVER);
        Wait.pause(Duration.ofMillis(random.nextInt(500)));
        Wait.until(TIMEOUT, this::stopsWithEnoughOpen);
    }

    /** Stops the process first, because on a loaded machine half of the transactions may end before the kill. */
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

    /** Does not wait for readiness if a decision is held: the coordinator may then never become ready. */
    private void startAgain(int cycle, int cycles) throws Exception {
        if (cycle < cycles && fallsAtDecision(cycle + 1)) {
            held = HeldDecision.arm(target.database(), 3 + random.nextInt(10));
            var _ = coordinator.launch(Map.of());
        } else {
            coordinator.start(Map.of());
        }
    }
}
