package dev.entente.lab.service;

import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Stage;
import dev.entente.rig.Victim;
import dev.entente.rig.Wait;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** Kills processes of a service under load, and what it stands on: one after another, at random moments. */
final class WorkerKills {
    private static final int LONGEST_PAUSE_MILLIS = 300;

    private WorkerKills() {}

    /** How much was done so far. */
    interface Progress {
        long done() throws SQLException;
    }

    /**
     * Kills so often, each time after more was done than {@code between}, and starts again what was killed. Blocks
     * until as much was done once more.
     */
    static void run(int kills, List<Victim> victims, Progress progress, long between, Stage stage, Result result)
            throws Exception {
        long start = System.nanoTime();
        for (int kill = 0; kill < kills; kill++) {
            awaitMore(stage, progress, between);
            Wait.pause(Duration.ofMillis(stage.random().nextInt(LONGEST_PAUSE_MILLIS)));
            // Each of them once, before one dies again.
            Victim victim = victims.get(kill % victims.size());
            victim.kill().run();
            result.killed(victim.name(), start);
            victim.restart().run();
        }
        awaitMore(stage, progress, between);
    }

    private static void awaitMore(Stage stage, Progress progress, long between) throws Exception {
        long goal = progress.done() + between;
        stage.await(between + " more", () -> progress.done() >= goal);
    }
}
