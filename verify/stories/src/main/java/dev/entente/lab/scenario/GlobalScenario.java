package dev.entente.lab.scenario;

import dev.entente.lab.crash.CrashWorkload;

/** A scenario of global transactions: under load the coordinator is killed, and whoever else it names. */
public interface GlobalScenario extends Scenario {
    /** The same, again and again, for {@code --kills}; its gids start with {@link #gids}. Blocks until it can begin. */
    CrashWorkload workload(Stage stage) throws Exception;

    /** How the gids of its load start: no scenario's are the beginning of another's. */
    default String gids() {
        return name() + ":";
    }

    @Override
    default void runUnderKills(int kills, Stage stage, Result result) throws Exception {
        UnderKills.run(workload(stage), kills, stage, result);
    }
}
