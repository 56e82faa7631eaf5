package dev.entente.stories.formal;

import dev.entente.rig.Ended;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tlc2.TLC;

/** Runs of {@code verify/formal/check}. */
final class ModelCheck {
    private ModelCheck() {}

    /** Runs the check until it ends. Blocks. */
    static Ended run(String... arguments) throws IOException {
        Path home = Path.of(System.getProperty("entente.home"));
        List<String> command =
                new ArrayList<>(List.of(home.resolve("verify/formal/check").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        String tlc =
                TLC.class.getProtectionDomain().getCodeSource().getLocation().getPath();
        builder.environment().put("ENTENTE_TLC_JAR", tlc);
        return Ended.run(builder);
    }
}
