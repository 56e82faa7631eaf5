package dev.entente.lab.demo;

import dev.entente.lab.crash.CrashWorkload;

/** Something that happens to transactions, and what must be true of the databases afterwards. */
interface Scenario {
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

    /** Lets it happen once, and checks the databases. Blocks. */
    void run(Stage stage, Result result) throws Exception;

    /** The same, again and again, for {@code --kills}; its gids start with {@link #gids}. Blocks until it can begin. */
    CrashWorkload workload(Stage stage) throws Exception;

    /** How the gids of its load start: no scenario's are the beginning of another's. */
    default String gids() {
        return name() + ":";
    }
}
