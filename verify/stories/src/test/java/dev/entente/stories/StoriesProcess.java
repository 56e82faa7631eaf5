package dev.entente.stories;

import dev.entente.rig.Ended;
import java.io.IOException;

/** Runs of this module's commands, as {@code ./entente} starts them. */
public final class StoriesProcess {
    /** The seed for the random choices of a command, as an option's value. */
    public static final String SEED = Long.toString(Long.getLong("entente.test.seed", 7));

    private StoriesProcess() {}

    /** Runs a command until it ends. Blocks. */
    public static Ended run(String... arguments) throws IOException {
        return Ended.run(Ended.program(Stories.class, arguments));
    }

    /** Starts a command. */
    public static Process start(String... arguments) throws IOException {
        return Ended.program(Stories.class, arguments).start();
    }
}
