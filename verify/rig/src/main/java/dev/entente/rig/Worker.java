package dev.entente.rig;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A process of this class path that can be killed and started again: a relay, a receiver, a client. Its main class
 * prints one line when it is ready, and ends when the process with the id after {@code --until-pid} has ended. One
 * thread may start and kill the process while other threads read.
 */
public final class Worker implements AutoCloseable {

    private final String name;
    private final List<String> command;
    private final Path log;
    private volatile ChildProcess process;

    private Worker(String name, List<String> command, Path log, ChildProcess process) {
        this.name = name;
        this.command = command;
        this.log = log;
        this.process = process;
    }

    /** Launches the process without waiting until it is ready. */
    static Worker launch(String name, Class<?> main, List<String> arguments, Path folder) throws IOException {
        List<String> command = JavaCommand.small("192m", main, arguments);
        Path log = folder.resolve(name.replace(' ', '-') + ".log");
        return new Worker(name, command, log, ChildProcess.start(name, command, Map.of(), log));
    }

    public String name() {
        return name;
    }

    /** Returns the first line of output. Blocks until the process is ready. */
    public String awaitReady() throws InterruptedException {
        return process.awaitFirstLine(Readiness.limit());
    }

    /** Kills the process like kill -9. */
    public void kill() {
        process.kill();
    }

    /** Starts the process again with the same arguments. Blocks until it is ready. */
    public void start() throws IOException, InterruptedException {
        process = ChildProcess.start(name, command, Map.of(), log);
        awaitReady();
    }

    /** Sends SIGTERM, and kills the process if it does not end. Blocks. */
    @Override
    public void close() {
        process.close();
    }
}
