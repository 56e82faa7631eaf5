package dev.entente.stories.restore;

import dev.entente.rig.ChildProcess;
import dev.entente.rig.Ended;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A shell with an environment. PostgreSQL refuses to run as root, so root's commands run in their own user namespace.
 */
final class Shell {
    private static final boolean IS_ROOT = System.getProperty("user.name").equals("root");

    private final Map<String, String> environment;
    private final Path folder;

    /** @param folder the folder for the output of the commands */
    Shell(Map<String, String> environment, Path folder) {
        this.environment = environment;
        this.folder = folder;
    }

    /** Runs commands until they end; processes that they start may continue. Blocks. */
    Ended run(String commands) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command("exec 2>&1\n" + commands));
        builder.environment().putAll(environment);
        return Ended.run(builder);
    }

    /** Starts a command that runs until it is closed. */
    ChildProcess start(String name, String command) throws IOException {
        return ChildProcess.start(name, command("exec " + command), environment, folder.resolve(name + ".log"));
    }

    private static List<String> command(String commands) {
        List<String> command = new ArrayList<>(IS_ROOT ? List.of("unshare", "-U") : List.of());
        command.addAll(List.of("sh", "-eu", "-c", commands));
        return command;
    }
}
