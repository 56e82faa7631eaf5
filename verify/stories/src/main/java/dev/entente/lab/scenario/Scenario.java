package dev.entente.lab.scenario;

import dev.entente.rig.Playground;
import java.util.Map;

/** Something that happens to transactions, and what must be true of the databases afterwards. */
public interface Scenario {
    /** Returns what is said of it before it plays, and what it needs. */
    Playbill playbill();

    /** Its name on the command line. */
    default String name() {
        return playbill().name();
    }

    /**
     * The same, failing at that step alone: {@code --fail}.
     *
     * @throws IllegalArgumentException where it cannot
     */
    default Scenario failingAt(String step) {
        throw new IllegalArgumentException(
                "scenario '" + name() + "' cannot be made to fail at '" + step + "'; --fail goes with --scenario shop");
    }

    /**
     * Starts what must be there before the coordinator, and closes with the playground.
     *
     * @return settings of the coordinator
     */
    default Map<String, String> prepare(Playground playground) throws Exception {
        return Map.of();
    }

    /** Lets it happen once, and checks the databases. Blocks. */
    void run(Stage stage, Result result) throws Exception;

    /** Lets it happen again and again while processes are killed so often: {@code --kills}. Blocks. */
    void runUnderKills(int kills, Stage stage, Result result) throws Exception;
}
