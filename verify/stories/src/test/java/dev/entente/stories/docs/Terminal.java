package dev.entente.stories.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.rig.Wait;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A shell in which a reader types commands. Each command starts after the previous command has shown its output. */
final class Terminal implements AutoCloseable {
    private static final String DONE = "(typed)";
    /** Warnings of a newer JDK about Maven, and messages of the shell about finished jobs, which appear at any time. */
    private static final Pattern NOISE = Pattern.compile("WARNING: .*|bash: line \\d+: +\\d+ .*");

    private final Process shell;
    private final Writer keyboard;
    private final Path screen;
    private int read;

    /** Opens a terminal in a folder, with these variables in addition to the environment of this process. */
    Terminal(Path folder, Path screen, Map<String, String> environment) throws IOException {
        this.screen = screen;
        ProcessBuilder builder = new ProcessBuilder("bash", "--norc", "--noprofile")
                .directory(folder.toFile())
                .redirectOutput(screen.toFile())
                .redirectError(screen.resolveSibling("remarks.txt").toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("ENTENTE_"));
        builder.environment().putAll(environment);
        shell = builder.start();
        keyboard = shell.outputWriter();
    }

    /** Types a command and waits until the complete expected output is shown. Blocks. */
    void type(ConsoleExample example) throws Exception {
        ShownOutput expected = new ShownOutput(example.output());
        keyboard.write("eval " + quoted(example.command()) + " 2>&1; echo '" + DONE + "'\n");
        keyboard.flush();
        Wait.until(PatientAwaits.BOUND, () -> isDone() && expected.matches(printed()));
        String printed = printed();
        assertThat(isDone() && expected.matches(printed))
                .as("%s%nexpected %s%nbut was%n%s", example.command(), expected, printed)
                .isTrue();
        read = Files.readString(screen).length();
    }

    private boolean isDone() {
        return newOutput().lines().anyMatch(line -> line.endsWith(DONE)) || !shell.isAlive();
    }

    /** Returns the output since the last command. */
    private String printed() {
        return newOutput()
                .lines()
                .map(line -> line.replace(DONE, ""))
                .filter(line -> !line.isEmpty())
                .filter(line -> !NOISE.matcher(line).matches())
                .map(line -> line + "\n")
                .collect(Collectors.joining());
    }

    private String newOutput() {
        try {
            return Files.readString(screen).substring(read);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String quoted(String command) {
        return "'" + command.replace("'", "'\\''") + "'";
    }

    /** Stops the shell and its remaining processes. */
    @Override
    public void close() throws IOException {
        List<ProcessHandle> left = shell.descendants().toList();
        keyboard.close();
        left.forEach(ProcessHandle::destroy);
        for (ProcessHandle process : left) {
            process.onExit()
                    .completeOnTimeout(process, PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS)
                    .join();
        }
        shell.destroy();
    }
}
